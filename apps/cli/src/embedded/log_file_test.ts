import { mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { logFile } from "./log_file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-log-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("logFile() appends lines in order, for this user's eyes alone", async () => {
  const path = join(folder, "log.jsonl");
  for (const lines of [["1", "2"], ["3"]]) {
    const log = await logFile(path, (message) => expect.fail(message));
    for (const line of lines) log.write(line);
    await log.close();
  }
  expect(await readFile(path, "utf8")).toBe("1\n2\n3\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

const noFullDisk = await stat("/dev/full").then(
  () => false,
  () => true,
);
if (noFullDisk) console.warn("a log on a full disk is skipped: this system has no /dev/full");

test.skipIf(noFullDisk)("logFile() loses lines on a full disk, says so once, and fails nobody", async () => {
  const path = join(folder, "full.jsonl");
  await symlink("/dev/full", path);
  const told: string[] = [];
  const log = await logFile(path, (message) => told.push(message));
  log.write("1");
  log.write("2");
  await log.close();
  expect(told).toEqual([expect.stringContaining("ENOSPC")]);
});
