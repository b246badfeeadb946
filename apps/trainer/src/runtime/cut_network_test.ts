import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import { stagePorts } from "../model_stages.ts";
import { blobStore, observeRun, type ObservedRun, SECRET } from "../testing/run_kit.ts";
import { TINY_MODEL, tinyModelJob } from "../testing/tiny_model_job.ts";
import type { TrainingJob } from "../training_job.ts";
import type { NodeEnvironment } from "./start_node.ts";

vi.setConfig({ testTimeout: 300_000 });

const TOY_MAIN = fileURLToPath(new URL("../testing/toy_node_main.ts", import.meta.url));
const MODEL_MAIN = fileURLToPath(new URL("./node_main.ts", import.meta.url));
const SPACE = `millrace-${process.pid}`;
const [OURS, THEIRS] = [`mr${process.pid}a`.slice(-15), `mr${process.pid}b`.slice(-15)];
// Of the addresses for measurements between networks, which no network has for itself; RFC 2544.
const SUBNET = `198.18.${(process.pid >> 6) & 255}`;
const [HERE, THERE] = [1, 2].map((host) => `${SUBNET}.${4 * (process.pid & 63) + host}`) as [string, string];

const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8", stdio: "pipe" });
const within = (...args: string[]): string => ip("netns", "exec", SPACE, "ip", ...args);

/** A second network, joined to ours by a cable. Gives the reason if this machine lets us have none. */
function layCable(): string | undefined {
  try {
    ip("netns", "add", SPACE);
    ip("link", "add", OURS, "type", "veth", "peer", "name", THEIRS, "netns", SPACE);
    ip("addr", "add", `${HERE}/30`, "dev", OURS);
    ip("link", "set", OURS, "up");
    within("addr", "add", `${THERE}/30`, "dev", THEIRS);
    within("link", "set", THEIRS, "up");
    within("link", "set", "lo", "up");
    return undefined;
  } catch (error) {
    removeCable();
    return `a network of its own needs Linux, root and iproute2: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** What of it there is. */
function removeCable(): void {
  try {
    if (ip("link", "show").includes(OURS)) ip("link", "del", OURS);
    if (ip("netns", "list").includes(SPACE)) ip("netns", "del", SPACE);
  } catch (error) {
    console.warn(`removing the network ${SPACE}: ${(error as Error).message}`);
  }
}

const reason = layCable();
if (reason !== undefined) console.warn(`skipped: training over a network that is cut, ${reason}`);
afterAll(() => {
  if (reason === undefined) removeCable();
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

interface CutNode extends NodeHandle {
  readonly ended: Promise<string>;
  end(): void;
}

/** A node that no coordinator can end, in the network of that name or in ours. */
function spawnNode(main: string, space: string | undefined, environment: NodeEnvironment): CutNode {
  const command = [process.execPath, main];
  const [program = "", ...args] = space === undefined ? command : ["ip", "netns", "exec", space, ...command];
  const child = spawn(program, args, { env: { ...process.env, ...environment, TOY_SILENCE_MS: "6000" } });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  const ended = once(child, "close").then(() => words.trim());
  // The machine of a node that is cut off cannot be told anything either.
  return {
    kill: () => space === undefined && child.kill("SIGKILL"),
    exited: space ? new Promise(() => {}) : ended,
    ended,
    end: () => void child.kill("SIGKILL"),
  };
}

/** Trains on two nodes, of which the second is cut off after the step; gives that node too. */
async function cutOff(
  afterStep: number,
  of: TrainingJob,
  main: string,
  ports: Partial<CoordinatorPorts> = {},
): Promise<{ run: ObservedRun; node: CutNode }> {
  ip("link", "set", OURS, "up");
  const handles = new Map<string, CutNode>();
  const run = await observeRun(of, {
    nodes: 2,
    store,
    ports: {
      host: HERE,
      spawnNode(name, { host, port }) {
        const isCut = name === "node-1";
        const handle = spawnNode(main, isCut ? SPACE : undefined, {
          MILLRACE_NODE_NAME: name,
          MILLRACE_COORDINATOR_HOST: host,
          MILLRACE_COORDINATOR_PORT: String(port),
          MILLRACE_CLUSTER_SECRET: SECRET,
          MILLRACE_NODE_HOST: isCut ? THERE : HERE,
          MILLRACE_NODE_CONCURRENCY: "1",
          MILLRACE_NODE_DEVICE: "cpu",
        });
        handles.set(name, handle);
        return handle;
      },
      ...ports,
    },
    disturb(progress) {
      if (progress.type === "step" && progress.step === afterStep) ip("link", "set", OURS, "down");
    },
  });
  const words = expect.stringContaining("not heard for");
  expect(run.progress).toContainEqual({ type: "lost", node: "node-1", reason: words });
  return { run, node: handles.get("node-1")! };
}

test.skipIf(reason !== undefined)(
  "training goes on without a node whose network is cut, with the same bytes, and that node ends by itself",
  async () => {
    const undisturbed = await observeRun(job, { nodes: 1, store });
    const { run, node } = await cutOff(3, job, TOY_MAIN);
    expect(run.result).toEqual(undisturbed.result);
    expect(await node.ended).toMatch(/the coordinator has not been heard for \d+ ms/);
  },
);

test.skipIf(reason !== undefined)(
  "training in stages goes on from the last checkpoint when the network of a stage is cut, with the same bytes",
  async () => {
    const staged = tinyModelJob(store);
    const undisturbed = await observeRun(staged, { nodes: 1, store, main: MODEL_MAIN });
    const { run, node } = await cutOff(8, staged, MODEL_MAIN, { stages: stagePorts(TINY_MODEL, 2) });
    node.end();
    expect(run.result).toEqual(undisturbed.result);
  },
);
