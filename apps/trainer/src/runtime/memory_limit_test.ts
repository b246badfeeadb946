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

/** Memory that a process may write to, as the limit counts it. */
function dataBytes(pid: number): number {
  return 1024 * Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function train(count: number, disturb?: Parameters<typeof observeRun>[1]["disturb"]): Promise<ObservedRun> {
  const ports = { stages: stagePorts({ config }, count) };
  return observeRun(job, { nodes: count, store, main, ports, ...(disturb && { disturb }) });
}

const hasLimits = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;
if (!hasLimits) console.info("memory_limit_test: skipped, since prlimit of Linux's util-linux is not there");

test.skipIf(!hasLimits)(
  "a model that one node has no memory for is trained by two, to the bytes that a larger one makes",
  async () => {
    let peakBytes = 0;
    const unlimited = await train(1, (_, pids) => {
      peakBytes = Math.max(peakBytes, ...[...pids.values()].map(dataBytes));
    });
    // Two stages take about 430 MiB less each.
    vi.stubEnv("LIMITED_NODE_BYTES", String(peakBytes - 215 * MIB));
    await expect(train(1)).rejects.toThrow(/memory|alloc|lost/i);
    expect((await train(2)).result).toEqual(unlimited.result);
  },
);
