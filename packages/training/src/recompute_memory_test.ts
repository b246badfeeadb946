import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("testing/peak_memory_main.ts", import.meta.url));

async function peakMebibytes(...parameters: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...parameters]);
  return Number(stdout);
}

// By its graph such a leaf keeps 137 MiB, or 5 where blocks are computed again. A runtime that did that too early would keep all of it
// anyhow, and one that left the gradients of the weights to the end would keep what they are made of, 80 MiB.
test("a process that computes blocks again holds less memory by most of what they keep", async () => {
  const [kept, again] = [await peakMebibytes(), await peakMebibytes("recompute")];
  expect(again).toBeLessThan(kept - 100);
}, 60_000);
