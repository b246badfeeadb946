import { fileURLToPath } from "node:url";
import { connectTcp, listenTcp } from "@millrace/collective/tcp";
import { afterEach, expect, test, vi } from "vitest";
import type { NodeHandle, TrainingProgress } from "../coordinator/ports.ts";
import { processNodes } from "../runtime/supervisor.ts";
import { blobStore, observeRun, type ObservedRun, SECRET } from "../testing/run_kit.ts";
import type { TrainingFingerprint } from "../training_arithmetic.ts";
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
const FINGERPRINT: TrainingFingerprint = { runtime: "r", library: "l", kernelClass: "avx", probe: "p", revision: 1 };
const NOBODY = { host: "127.0.0.1", port: 1 };

/** @param settlingMs How long workers have to come back; by default no time. */
async function open(settlingMs: number = 0): Promise<{ pool: WorkerPool; port: number }> {
  let port = 0;
  const listen: typeof listenTcp = async (options) => {
    const listener = await listenTcp(options);
    ({ port } = listener);
    return listener;
  };
  log.length = 0;
  const told = (line: string): void => void log.push(line);
  const options = { ...HERE, listen, secret: SECRET, fingerprint: FINGERPRINT, settlingMs, log: told };
  const pool = await openWorkerPool(options);
  endings.push(() => pool.close());
  return { pool, port };
}

/** A worker of this process. */
function lend(name: string, port: number, ports: Partial<WorkerPorts> = {}): { leave(): Promise<void> } {
  const leaving = new AbortController();
  const served = serveWorker({
    name,
    fingerprint: FINGERPRINT,
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

/** A node that ends at once. */
function ended(how: string): NodeHandle {
  return { kill: () => {}, exited: Promise.resolve(how) };
}

/** A node that ends when it is killed. */
function lasting(): NodeHandle {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { kill: () => resolve("killed"), exited: promise };
}

/** Places nodes of one run. */
function placing(
  pool: WorkerPool,
  nodes: number,
  here: Parameters<typeof placeNodes>[2] = () => () => ended("ended here"),
  now: () => number = () => 0,
): (name: string) => NodeHandle {
  const spawn = placeNodes(pool, { nodes, leafThreads: 1, log: (line) => log.push(line) }, here, now);
  return (name) => spawn(name, NOBODY);
}

function train(pool: WorkerPool, nodes: number, disturb?: (progress: TrainingProgress) => void): Promise<ObservedRun> {
  const request = { leafThreads: 1, log: (line: string) => void log.push(line) };
  const toys = (sharing: number) => processNodes({ ...request, nodes: sharing, secret: SECRET, main: MAIN });
  const spawnNode = placeNodes(pool, { ...request, nodes }, toys, () => performance.now());
  return observeRun(job, { nodes, store, ports: { spawnNode }, ...(disturb && { disturb }) });
}

const namesOf = (pool: WorkerPool): string[] => pool.workers.map(({ name }) => name).toSorted();

test("nodes run on workers first, then on the trainer's machine, and make the same bytes as one node", async () => {
  const { pool, port } = await open();
  lend("first", port);
  lend("second", port);
  await expect.poll(() => namesOf(pool)).toEqual(["first", "second"]);
  expect((await train(pool, 3)).result).toEqual((await alone).result);
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
  await expect.poll(() => namesOf(pool)).toEqual(["early"]);
  const left: Promise<void>[] = [];
  const { result, progress } = await train(pool, 2, ({ type, ...of }) => {
    if (type === "step" && "step" in of && of.step === 4) left.push(leave());
  });
  await Promise.all(left);
  expect(progress).toContainEqual(expect.objectContaining({ type: "lost", node: "node-0" }));
  expect(log).toContain(`node "node-2" runs on the trainer's machine: no worker of 0 is free`);
  expect(result).toEqual((await alone).result);
});

test("a node waits for a worker that may come back, which is as good as before", async () => {
  const { pool, port } = await open(60_000);
  const spawn = placing(pool, 1);
  const first = spawn("node-0");
  const { leave } = lend("back", port, { nodesFor: () => lasting });
  await expect.poll(() => log).toContain(`node "node-0" runs on worker "back"`);
  await leave();
  expect(await first.exited).toMatch(/^the link to worker "back" was lost/);
  const second = spawn("node-1");
  const unwanted = spawn("node-2");
  unwanted.kill();
  expect(await unwanted.exited).toBe("it was no longer wanted");
  lend("back", port, { nodesFor: () => () => ended("out of memory") });
  expect(await second.exited).toBe("out of memory");
});

test("nodes that stay on the trainer's machine share its cores, and not with those on workers", async () => {
  const { pool, port } = await open();
  lend("other", port, { nodesFor: () => lasting });
  await expect.poll(() => namesOf(pool)).toEqual(["other"]);
  await expect.poll(() => pool.isSettled).toBe(true);
  const shares: number[] = [];
  const spawn = placing(pool, 4, (nodes) => () => (shares.push(nodes), ended("")));
  const [, ...here] = ["node-0", "node-1", "node-2", "node-3"].map(spawn);
  await Promise.all(here.map(({ exited }) => exited));
  expect(shares).toEqual([3, 3, 3]);
});

test("a run leaves a worker alone for a minute whose node has ended, another run does not", async () => {
  const { pool, port } = await open();
  lend("weak", port, { nodesFor: () => () => ended("out of memory") });
  await expect.poll(() => namesOf(pool)).toEqual(["weak"]);
  await expect.poll(() => pool.isSettled).toBe(true);
  let nowMs = 0;
  const spawn = placing(pool, 1, undefined, () => nowMs);
  expect(await spawn("node-0").exited).toBe("out of memory");
  expect(await spawn("node-1").exited).toBe("ended here");
  expect(await placing(pool, 1)("node-0").exited).toBe("out of memory");
  nowMs += 60_000;
  expect(await spawn("node-2").exited).toBe("out of memory");
});

test("whoever ends a node late does not end the next one on its worker", async () => {
  const { pool, port } = await open();
  const killed: string[] = [];
  const nodesFor = () => (name: string) => {
    const { exited, kill } = name === "node-0" ? ended("ended") : lasting();
    return { exited, kill: () => (killed.push(name), kill()) };
  };
  lend("busy", port, { nodesFor });
  await expect.poll(() => namesOf(pool)).toEqual(["busy"]);
  const before = placing(pool, 1)("node-0");
  expect(await before.exited).toBe("ended");
  const after = placing(pool, 1)("node-1");
  await expect.poll(() => log).toContain(`starting "node-1" for the run at 127.0.0.1:1`);
  before.kill();
  after.kill();
  expect(await after.exited).toBe("killed");
  expect(killed).toEqual(["node-1"]);
});

test("a worker without the secret, or with other arithmetic, is turned away", async () => {
  const { pool, port } = await open();
  lend("stranger", port, { secret: "another secret of a cluster, long enough" });
  await expect.poll(() => log.join("\n")).toContain("turned away whoever wanted to be a worker");
  lend("other", port, { fingerprint: { ...FINGERPRINT, probe: "q" } });
  await expect.poll(() => log.join("\n")).toContain('the trainer turned worker "other" away: it computes differently');
  expect(log.join("\n")).toContain('turned away worker "other" at ');
  expect(pool.workers).toEqual([]);
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
