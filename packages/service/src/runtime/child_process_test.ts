import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { hearLines } from "./child_process.ts";

test("hearLines() hears a line whole that comes in pieces, and the last one without its end", async () => {
  const lines: string[] = [];
  const stream = new PassThrough();
  hearLines(stream, (line) => lines.push(line));
  const written = Buffer.from('{"message":"née\u2028"}\n\nnext\nlast');
  // The second cut is within "é".
  for (const [from, to] of [
    [0, 12],
    [12, 14],
    [14, 28],
    [28, undefined],
  ] as const) {
    stream.write(written.subarray(from, to));
    await new Promise(setImmediate);
  }
  stream.end();
  await once(stream, "close");
  expect(lines).toEqual(['{"message":"née\u2028"}', "next", "last"]);
});

test("hearLines() keeps no more than 64 Ki characters of a line that does not end", async () => {
  const lines: string[] = [];
  const stream = new PassThrough();
  hearLines(stream, (line) => lines.push(line));
  const [piece, pieces] = ["x".repeat(1024), 100];
  for (let written = 0; written < pieces; written++) stream.write(piece);
  await new Promise(setImmediate);
  expect(lines.map(({ length }) => length)).toEqual([64 * 1024]);
  stream.end("\nnext\n");
  await once(stream, "close");
  expect(lines.map(({ length }) => length)).toEqual([64 * 1024, 36 * 1024, 4]);
});
