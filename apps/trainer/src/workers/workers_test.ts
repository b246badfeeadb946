import { fileURLToPath } from "node:url";
import { connectTcp, listenTcp } from "@millrace/collective/tcp";
import { afterEach, expect, test, vi } from "vitest";
import type { NodeHandle, TrainingProgress } from "../coordinator/ports.ts";
import { processNodes } from "../runtime/supervisor.ts";
import { blobStore, observeRun, type ObservedRun, SECRET } from "../testing/run_kit.ts";
import type { TrainingJob } from "../training_job.ts";
import { placeNodes } from "./place_nodes.ts";
import { startPulse } from "./pulse.ts";
import { serveWorker, type WorkerPorts } from "./serve_worker.ts";
import { openWorkerPool, type WorkerPool } from "./worker_pool.ts";

const MAIN = fileURLToPath(new URL("../testing/toy_node_main.ts", import.meta.url));
const HERE = { host: "127.0.0.1", port: 0 };

const store = blobStore();
const job: TrainingJob = {
  run: "spread-run",
  leaves: 4,
  steps: 12,
  validationLeaves: 3,
  validateEverySteps: 6,
  checkpointEverySteps: 6,
  replica: { floats: 20_000, leafMs: 5 },
  blobs: { tokens: store.put(Uint8Array.of(3, 1, 4)) },
};

const alone = observeRun(job, { nodes: 1, store });

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const log: string[] = [];

async function open(settled: Promise<void> = Promise.resolve()): Promise<{ pool: WorkerPool; port: number }> {
  let port = 0;
  const listen: typeof listenTcp = async (options) => {
    const listener = await listenTcp(options);
    ({ port } = listener);
    return listener;
  };
  log.length = 0;
  const pool = await openWorkerPool({ ...HERE, listen, secret: SECRET, settled, log: (line) => log.push(line) });
  endings.push(() => pool.close());
  return { pool, port };
}

function here(): NodeHandle {
  return { kill: () => {}, exited: Promise.resolve("ended here") };
}

/** A worker of this process. */
function lend(name: string, port: number, ports: Partial<WorkerPorts> = {}): { leave(): Promise<void> } {
  const leaving = new AbortController();
  const served = serveWorker({
    name,
    trainer: { ...HERE, port },
    secret: SECRET,
    connect: connectTcp,
    nodesFor: (request) => processNodes({ ...request, secret: SECRET, nodes: 1, main: MAIN }),
    onLinked: () => {},
    log: (line) => log.push(line),
    signal: leaving.signal,
    ...ports,
  });
  const leave = (): Promise<void> => {
    leaving.abort();
    return served;
  };
  endings.push(leave);
  return { leave };
}

function train(pool: WorkerPool, nodes: number, disturb?: (progress: TrainingProgress) => void): Promise<ObservedRun> {
  const request = { nodes, device: "cpu", leafThreads: 1, log: (line: string) => void log.push(line) } as const;
  const toys = processNodes({ ...request, secret: SECRET, main: MAIN });
  const spawnNode = placeNodes(pool, request, toys, () => performance.now());
  return observeRun(job, { nodes, store, ports: { spawnNode }, ...(disturb && { disturb }) });
}

test("nodes run on workers first, then on the trainer's machine, and make the same bytes as one node", async () => {
  const settled = Promise.withResolvers<void>();
  const { pool, port } = await open(settled.promise);
  const trained = train(pool, 3);
  // They come after the run has asked for its nodes, as those of a trainer that was started anew do.
  lend("first", port);
  lend("second", port);
  await expect.poll(() => pool.size).toBe(2);
  expect(log.join("\n")).not.toContain("runs on");
  settled.resolve();
  expect((await trained).result).toEqual((await alone).result);
  expect(log.filter((line) => line.includes("runs on"))).toEqual([
    expect.stringMatching(/^node "node-0" runs on worker "(first|second)"$/),
    expect.stringMatching(/^node "node-1" runs on worker "(first|second)"$/),
    `node "node-2" runs on the trainer's machine: no worker of 2 is free`,
  ]);
  await expect.poll(() => pool.idle().length).toBe(2);
});

test("a run goes on without a worker that leaves in its midst, with the same bytes", async () => {
  const { pool, port } = await open();
  const { leave } = lend("early", port);
  await expect.poll(() => pool.size).toBe(1);
  const left: Promise<void>[] = [];
  const { result, progress } = await train(pool, 2, ({ type, ...of }) => {
    if (type === "step" && "step" in of && of.step === 4) left.push(leave());
  });
  await Promise.all(left);
  expect(progress).toContainEqual(expect.objectContaining({ type: "lost", node: "node-0" }));
  expect(log).toContain(`node "node-2" runs on the trainer's machine: no worker of 0 is free`);
  expect(result).toEqual((await alone).result);
});

test("a run leaves a worker alone for a minute whose node has ended, another run does not", async () => {
  const { pool, port } = await open();
  lend("weak", port, { nodesFor: () => () => ({ kill: () => {}, exited: Promise.resolve("out of memory") }) });
  await expect.poll(() => pool.size).toBe(1);
  let nowMs = 0;
  const request = { nodes: 1, device: "cpu", leafThreads: 1, log: (line: string) => void log.push(line) } as const;
  const spawn = placeNodes(pool, request, here, () => nowMs);
  const nobody = { host: "127.0.0.1", port: 1 };
  expect(await spawn("node-0", nobody).exited).toBe("out of memory");
  expect(await spawn("node-1", nobody).exited).toBe("ended here");
  expect(await placeNodes(pool, request, here, () => nowMs)("node-0", nobody).exited).toBe("out of memory");
  nowMs += 60_000;
  expect(await spawn("node-2", nobody).exited).toBe("out of memory");
});

test("a worker without the secret is turned away, and a node that nobody wants any more is not started", async () => {
  const settled = Promise.withResolvers<void>();
  const { pool, port } = await open(settled.promise);
  lend("stranger", port, { secret: "another secret of a cluster, long enough" });
  await expect.poll(() => log.join("\n")).toContain("which wanted to be a worker");
  expect(pool.size).toBe(0);
  const started: string[] = [];
  const request = { nodes: 1, device: "cpu", leafThreads: 1, log: () => {} } as const;
  const node = placeNodes(
    pool,
    request,
    (name) => (started.push(name), here()),
    () => 0,
  )("node-0", { host: "127.0.0.1", port: 1 });
  node.kill();
  settled.resolve();
  expect(await node.exited).toBe("it was no longer wanted");
  expect(started).toEqual([]);
});

test("a link is closed when its other end has said nothing for ten seconds", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  endings.push(() => vi.useRealTimers());
  const theirs = Promise.withResolvers<{ close(): void }>();
  const listener = await listenTcp({
    ...HERE,
    secret: SECRET,
    purpose: "worker",
    onLink: (link) => theirs.resolve(link),
    onRefused: (_, reason) => theirs.reject(reason),
  });
  endings.push(() => listener.close());
  const link = await connectTcp({ ...HERE, port: listener.port, secret: SECRET, purpose: "worker" });
  endings.push(async () => (await theirs.promise).close());
  const told: string[] = [];
  const pulse = startPulse(link, (message) => told.push(message));
  vi.advanceTimersByTime(10_000);
  pulse.heard();
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(500);
  await link.closed;
  expect(told).toEqual([expect.stringContaining("nothing heard for 10 s")]);
});
