/**
 * Before the first test: the command is bundled as the package has it, which starts in half the time and is what users get, and a folder is
 * made for what `prepared.ts` makes. Both are taken away in the end, and by the next run of the tests where one was killed.
 */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleProgram } from "../../infra/package/bundle.ts";
import { ROOT } from "./millrace.ts";

const CACHE = join(ROOT, "apps/cli/.cache");

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const made: string[] = [];
  const takeAway = async (): Promise<void> => {
    for (const folder of made) await rm(folder, { recursive: true, force: true });
  };
  try {
    const prepared = await newFolder(tmpdir(), "millrace-prepared");
    made.push(prepared);
    project.provide("prepared", prepared);
    if (startsCommands(process.argv.slice(2))) {
      const program = await newFolder(CACHE, "test");
      made.push(program);
      await bundleProgram(ROOT, program, "repository");
      process.env["MILLRACE_TEST_PROGRAM"] = join(program, "main.js");
    }
  } catch (error) {
    await takeAway();
    throw error;
  }
  return takeAway;
}

/** Whether a test among those that are asked for starts the command; from the sources it goes as well, only slower. */
function startsCommands(args: readonly string[]): boolean {
  const files = args.filter((one) => one !== "run" && !one.startsWith("-"));
  return files.length === 0 || files.some((file) => !/^(?:packages|apps|test\/(?:docs|structure))\b/.test(file));
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
