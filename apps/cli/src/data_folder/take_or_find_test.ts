import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTimeOf } from "./process_start.ts";
import { takeOrFind } from "./take_or_find.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-take-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Has the folder as a process of its own. */
async function ownedBy(address: string | null) {
  const child = spawn("sleep", ["60"]);
  const pid = child.pid as number;
  await writeFile(join(folder, "owner.json"), JSON.stringify({ pid, startedAt: await startTimeOf(pid), address }));
  return child;
}

test("takeOrFind() takes the folder of a process that ends while it starts", async () => {
  const starting = await ownedBy(null);
  setTimeout(() => starting.kill("SIGKILL"), 50);
  const taken = await takeOrFind(folder);
  expect(taken).toMatchObject({ path: folder });
  if ("release" in taken) await taken.release();
});

test("takeOrFind() finds the owner that says where it listens", async () => {
  const owner = await ownedBy("http://127.0.0.1:4000");
  expect(await takeOrFind(folder)).toMatchObject({ owner: { pid: owner.pid, address: "http://127.0.0.1:4000" } });
  owner.kill("SIGKILL");
});
