import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { stagePorts } from "../model_stages.ts";
import { blobStore, observeRun, type ObservedRun } from "../testing/run_kit.ts";
import { TINY_MODEL, tinyModelJob } from "../testing/tiny_model_job.ts";

// The bound is for what hangs.
vi.setConfig({ testTimeout: 300_000 });
afterEach(() => vi.unstubAllEnvs());

const MIB = 2 ** 20;
const main = fileURLToPath(new URL("../testing/limited_node_main.ts", import.meta.url));
const store = blobStore();
// 25 million parameters, of which each vector takes 96 MiB.
const config = { ...TINY_MODEL.config, layers: 8, heads: 8, width: 512 };
const plain = tinyModelJob(store);
const job = { ...plain, leaves: 2, steps: 2, validationLeaves: 1, replica: { ...plain.replica, config } };

/** Memory that a process may write to, as the limit counts it; nothing of one that has ended. */
function dataBytes(pid: number): number {
  try {
    return 1024 * Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Trains, and tells the most memory of a node: it is looked at every few milliseconds from the first progress on. */
async function train(count: number): Promise<ObservedRun & { readonly peakBytes: number }> {
  let nodes: ReadonlyMap<string, number> = new Map();
  let peakBytes = 0;
  const look = setInterval(() => (peakBytes = Math.max(peakBytes, ...[...nodes.values()].map(dataBytes))), 5);
  try {
    const ports = { stages: stagePorts({ config }, count) };
    const run = await observeRun(job, { nodes: count, store, main, ports, disturb: (_, pids) => void (nodes = pids) });
    return { ...run, peakBytes };
  } finally {
    clearInterval(look);
  }
}

const hasLimits = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;
if (!hasLimits) console.info("memory_limit_test: skipped, since prlimit of Linux's util-linux is not there");

test.skipIf(!hasLimits)(
  "a model that one node has no memory for is trained by two, to the bytes that a larger one makes",
  async () => {
    const unlimited = await train(1);
    // 1,690 to 1,810 MiB for one node, and 1,200 to 1,230 for each of two stages.
    vi.stubEnv("LIMITED_NODE_BYTES", String(unlimited.peakBytes - 240 * MIB));
    await expect(train(1)).rejects.toThrow(/memory|alloc|lost/i);
    expect((await train(2)).result).toEqual(unlimited.result);
  },
);
