import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { openTasks } from "./open_tasks.ts";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-tasks-")));
  await writeFile(join(folder, "good.jsonl"), '{"context":"the mill","target":"wheel"}\n');
  await writeFile(join(folder, "bad.jsonl"), '\n{"context":"the mill"}\n');
  await symlink(join(folder, "good.jsonl"), join(folder, "link.jsonl"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const task = (file: string) => ({ name: "words", kind: "cloze" as const, path: join(folder, file) });
const open = (...files: string[]) =>
  openTasks(files.map(task), nodeFiles(), fileStore(join(folder, "artifacts")).forProject("default"));

test("openTasks() keeps files of questions as they are", async () => {
  const opened = await open("good.jsonl");
  expect(opened).toEqual([
    { name: "words", kind: "cloze", questions: expect.objectContaining({ mediaType: "application/jsonl" }) },
  ]);
});

test("openTasks() reads no device, whose end never comes, and tells nothing of what a file says that is none of questions", async () => {
  const artifacts = fileStore(join(folder, "artifacts")).forProject("default");
  const at = (path: string) => openTasks([{ name: "words", kind: "cloze", path }], nodeFiles(), artifacts);
  expect(await at("/dev/zero")).toMatchObject({ message: expect.stringContaining("found no plain file") });
  const found = await at("/etc/passwd");
  expect(found).toMatchObject({
    code: "tasks_invalid",
    message: expect.stringMatching(/line 1 is not JSON, wanted {"context", "target"} or {"text"}$/),
  });
});

test.each([
  ["bad.jsonl", /^reading task words from .*bad\.jsonl: line 2 is no question of cloze/],
  ["none.jsonl", /^reading task words from .*none\.jsonl: /],
  ["link.jsonl", /^reading task words from .*link\.jsonl: /],
])("openTasks() of %s says what is wrong, and that it is for the recipe to mend", async (file, message) => {
  expect(await open("good.jsonl", file)).toEqual({ code: "tasks_invalid", message: expect.stringMatching(message) });
});
