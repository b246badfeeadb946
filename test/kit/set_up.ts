/**
 * Before the first test: the command is bundled as the package has it, which starts in half the time and is what users get, and a folder is
 * made for what `prepared.ts` makes. Both are taken away in the end, and by the next run of the tests where one was killed.
 */
import { glob, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestProject } from "vitest/node";
import { bundleProgram } from "../../infra/package/bundle.ts";
import { ROOT } from "./millrace.ts";

const CACHE = join(ROOT, "apps/cli/.cache");
/** Trainer nodes that tests alone start. */
const TEST_NODES = "apps/trainer/src/testing/*_node_main.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made: string[] = [];
  const takeAway = async (): Promise<void> => {
    for (const folder of made) await rm(folder, { recursive: true, force: true });
  };
  try {
    const prepared = await newFolder(tmpdir(), "millrace-prepared");
    made.push(prepared);
    project.provide("prepared", prepared);
    // The other project of `vitest.config.ts` has made it where both have tests to run.
    if (process.env["MILLRACE_TEST_PROGRAM"] === undefined) {
      const program = await newFolder(CACHE, "test");
      made.push(program);
      await bundleProgram(ROOT, program, "repository", await testNodes());
      process.env["MILLRACE_TEST_PROGRAM"] = pathToFileURL(join(program, "main.js")).href;
    }
  } catch (error) {
    await takeAway();
    throw error;
  }
  return takeAway;
}

async function testNodes(): Promise<string[]> {
  return Array.fromAsync(glob(TEST_NODES, { cwd: ROOT }), (file) => join(ROOT, file));
}

/** A folder that is named by this process, without those of processes that are no more. */
async function newFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const found of await readdir(parent)) {
    const [, pid] = new RegExp(`^${name}-(\\d+)-`).exec(found) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(parent, found), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${name}-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
