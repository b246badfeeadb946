import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { CoordinatorPorts } from "../coordinator/ports.ts";
import { stagePorts } from "../model_stages.ts";
import { type Cable, type FarNode, layCable, nodesBeyond } from "../testing/network_cable.ts";
import { LONGEST_RECOVERY_MS } from "../testing/recovery.ts";
import { blobStore, observeRun, type ObservedRun, SECRET } from "../testing/run_kit.ts";
import { TINY_MODEL, tinyModelJob } from "../testing/tiny_model_job.ts";
import type { TrainingJob } from "../training_job.ts";
import { processNodes } from "./supervisor.ts";

vi.setConfig({ testTimeout: 300_000 });
// Of the toy, so that a node that is cut off need not be waited for long.
vi.stubEnv("TOY_SILENCE_MS", "6000");

const TOY_MAIN = fileURLToPath(new URL("../testing/toy_node_main.ts", import.meta.url));
const MODEL_MAIN = fileURLToPath(new URL("./node_main.ts", import.meta.url));
const cable = layCable();
const isRefused = typeof cable === "string";
if (isRefused) console.warn(`skipped: training over a network that is cut, ${cable}`);
afterAll(() => {
  if (!isRefused) cable.remove();
});

const store = blobStore();
const job: TrainingJob = {
  run: "cut-run",
  leaves: 6,
  steps: 40,
  validationLeaves: 5,
  validateEverySteps: 20,
  checkpointEverySteps: 20,
  replica: { floats: 150_000, leafMs: 20 },
  blobs: { tokens: store.put(Uint8Array.of(3, 1, 4)) },
};

/** Trains on two nodes, of which the second is cut off after the step; gives that node too. */
async function cutOff(
  afterStep: number,
  of: TrainingJob,
  main: string,
  ports: Partial<CoordinatorPorts> = {},
): Promise<{ run: ObservedRun; node: FarNode }> {
  const { here, cut, mend, ...beyond } = cable as Cable;
  mend();
  const far = nodesBeyond(beyond, SECRET, main);
  const near = processNodes({ secret: SECRET, nodes: 2, host: here, main, log: () => {} });
  let node: FarNode | undefined;
  const run = await observeRun(of, {
    nodes: 2,
    store,
    ports: {
      host: here,
      spawnNode(name, address) {
        if (name !== "node-1") return near(name, address);
        node = far(name, address);
        // The machine of a node that is cut off cannot be told anything either.
        return { kill() {}, exited: new Promise(() => {}) };
      },
      ...ports,
    },
    disturb(progress, _, { harmed }) {
      if (progress.type !== "step" || progress.step !== afterStep) return;
      harmed("cut", ["node-1"]);
      cut();
    },
  });
  const words = expect.stringContaining("not heard for");
  expect(run.progress).toContainEqual({ type: "lost", node: "node-1", reason: words });
  const [recovery] = run.recoveries;
  console.info(`a cut network: the next step was there after ${recovery?.ms.toFixed(0)} ms`);
  // Where a stage is lost a process has to start, which takes what the machine lets it: the chaos test holds that.
  expect(recovery?.ms).toBeLessThan(ports.stages === undefined ? LONGEST_RECOVERY_MS : Infinity);
  return { run, node: node! };
}

test.skipIf(isRefused)(
  "training goes on without a node whose network is cut, with the same bytes, and that node ends by itself",
  async () => {
    const undisturbed = await observeRun(job, { nodes: 1, store });
    const { run, node } = await cutOff(3, job, TOY_MAIN);
    expect(run.result).toEqual(undisturbed.result);
    expect(await node.exited).toMatch(/the coordinator has not been heard for \d+ ms/);
  },
);

test.skipIf(isRefused)(
  "training in stages goes on from the last checkpoint when the network of a stage is cut, with the same bytes",
  async () => {
    const staged = tinyModelJob(store);
    const undisturbed = await observeRun(staged, { nodes: 1, store, main: MODEL_MAIN });
    const { run, node } = await cutOff(8, staged, MODEL_MAIN, { stages: stagePorts(TINY_MODEL, 2) });
    node.kill();
    expect(run.result).toEqual(undisturbed.result);
  },
);
