import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { outliveOutput } from "./outlive_output.ts";

/** As standard output does, it stays open after a mistake. */
function failing(code: string): Writable {
  const mistake = Object.assign(new Error(`${code}: write`), { code });
  return new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done(mistake) });
}

test.each([
  ["EPIPE", []],
  ["ENOSPC", [expect.stringContaining("ENOSPC: write; what is printed is lost")]],
])("output that fails with %s ends nothing, and is told of once where it is a mistake", async (code, wanted) => {
  const told: string[] = [];
  const stream = failing(code);
  outliveOutput(stream, (message) => told.push(message));
  stream.write("first");
  await turn();
  stream.emit("error", Object.assign(new Error(`${code}: write`), { code }));
  expect(told).toEqual(wanted);
});
