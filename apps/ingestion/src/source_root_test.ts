import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import type { SourcePlan } from "@millrace/contracts";
import { expect, onTestFinished, test } from "vitest";
import { putJson } from "./json_artifacts.ts";
import { sourceRoots } from "./source_root.ts";

test("sourceRoots() reads a plan once, and keeps a hundred roots", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-roots-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const artifacts = fileStore(folder).forProject("default");
  let reads = 0;
  const counted = {
    bytes(sha256: string) {
      reads++;
      return artifacts.bytes(sha256);
    },
  };
  const rootOf = sourceRoots();
  const ask = async (root: string): Promise<string> => {
    const plan: SourcePlan = { version: 1, root, sources: [], quarantined: [], shards: [] };
    return rootOf(counted, await putJson(artifacts, plan));
  };
  expect([await ask("/notes"), await ask("/notes"), reads]).toEqual(["/notes", "/notes", 1]);
  for (let other = 0; other < 100; other++) await ask(`/other/${other}`);
  expect([await ask("/notes"), reads]).toEqual(["/notes", 102]);
  expect([await ask("/other/99"), reads]).toEqual(["/other/99", 102]);
});
