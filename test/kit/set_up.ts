/**
 * Before the first test: the command is bundled as the package has it, which starts in half the time and is what users get, and a folder is
 * made for what `prepared.ts` makes. Both are taken away in the end.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleProgram } from "../../infra/package/bundle.ts";
import { ROOT } from "./millrace.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prepared = await mkdtemp(join(tmpdir(), "millrace-prepared-"));
  project.provide("prepared", prepared);
  const cache = join(ROOT, "apps/cli/.cache");
  await mkdir(cache, { recursive: true });
  const program = await mkdtemp(join(cache, "test-"));
  await bundleProgram(ROOT, program, "repository");
  process.env["MILLRACE_TEST_PROGRAM"] = join(program, "main.js");
  return async () => {
    await rm(prepared, { recursive: true, force: true });
    await rm(program, { recursive: true, force: true });
  };
}
