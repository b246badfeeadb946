/** Gives each run of the tests a folder for what `prepared.ts` makes, and takes it away in the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-prepared-"));
  project.provide("prepared", folder);
  return () => rm(folder, { recursive: true, force: true });
}
