/** Nodes that say what a test has them say, on a clock of the test's: no wait of a coordinator is without an end. */
import type { FrameHandler, Link, ListenOptions } from "@millrace/collective";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CoordinatorMessage, type NodeMessage, parseMessage } from "../control_messages.ts";
import { memoryGenerations } from "./generation_memory.ts";
import type { CoordinatorPorts, NodeHandle } from "./ports.ts";
import { runTraining } from "./run_training.ts";
import { sha256 } from "../runtime/sha256.ts";

const JOB = {
  run: "waiting",
  leaves: 4,
  steps: 10,
  validationLeaves: 0,
  validateEverySteps: 5,
  checkpointEverySteps: 5,
  replica: {},
  blobs: {},
};
const fingerprint = { runtime: "spoken", library: "spoken", kernelClass: "spoken", probe: "same" };
const TICK_MS = 250;

let nowMs: number;
beforeEach(() => {
  nowMs = 0;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
});
afterEach(() => vi.useRealTimers());

/** A node as its coordinator hears it. */
interface Spoken {
  readonly name: string;
  activity: { readonly working: boolean; readonly moved: boolean };
  tell(message: NodeMessage, payload?: Uint8Array): void;
}

/** What a node does beside what all do. */
interface Behaviour {
  /** Where a generation goes. */
  going?(node: Spoken, generation: number): void;
  /** Whether it joins at all. */
  joins?(name: string): boolean;
}

/** Coordinates two nodes. */
function coordinate({ going, joins }: Behaviour, ports: Partial<CoordinatorPorts> = {}) {
  const alive = new Set<Spoken>();
  const lost: string[] = [];
  const log: string[] = [];
  const over = new AbortController();
  let onLink: ListenOptions["onLink"];

  function spawnNode(name: string): NodeHandle {
    const [closed, exited] = [Promise.withResolvers<undefined>(), Promise.withResolvers<string>()];
    let handler: FrameHandler | undefined;
    const node: Spoken = {
      name,
      activity: { working: false, moved: false },
      tell(message, payload) {
        if (payload !== undefined) handler?.place(message, payload.length)?.set(payload);
        handler?.receive(message, payload ?? new Uint8Array());
      },
    };
    const end = (): void => {
      alive.delete(node);
      closed.resolve(undefined);
      exited.resolve("it ended");
    };
    const link: Link = {
      remote: name,
      sentBytes: 0,
      drained: () => Promise.resolve(),
      read: (own) => (handler = own),
      send: (header) => queueMicrotask(() => hear(parseMessage(CoordinatorMessage, header))),
      close: end,
      end,
      closed: closed.promise,
    };

    function hear(message: CoordinatorMessage): void {
      if (!alive.has(node)) return;
      if (message.type === "job") {
        const address = { host: "test", port: 1 };
        node.tell({ type: "prepared", applied: 0, address, validationLeaves: 0 });
      } else if (message.type === "configure") node.tell({ type: "ready", generation: message.generation });
      else if (message.type === "halt") {
        node.tell({ type: "halted", generation: message.generation, applied: 0, holdsSums: false });
      } else if (message.type === "go") going?.(node, message.generation);
      else if (message.type === "export") {
        for (const file of ["model", "state"] as const)
          node.tell({ type: "checkpoint", step: message.step, file, at: 0, sizeBytes: 1 }, new Uint8Array(1));
      }
    }

    if (joins?.(name) ?? true) {
      alive.add(node);
      queueMicrotask(() => {
        onLink(link);
        node.tell({ type: "join", name, fingerprint });
      });
    }
    return { kill: end, exited: exited.promise };
  }

  const result = runTraining(JOB, {
    listen(options) {
      ({ onLink } = options);
      return Promise.resolve({ host: "test", port: 1, close() {} });
    },
    secret: "not looked at here",
    nodes: 2,
    spawnNode,
    generation: memoryGenerations(),
    hash: sha256,
    readBlob: () => Promise.reject(new Error("there is none")),
    onCheckpoint: () => Promise.resolve(),
    onProgress: (progress) => progress.type === "lost" && lost.push(`${progress.node}: ${progress.reason}`),
    now: () => nowMs,
    log: (line) => log.push(line),
    deadline: over.signal,
    ...ports,
  });
  const ended = result.then(
    ({ status }) => status,
    (error: Error) => error.message,
  );
  return {
    lost,
    log,
    ended,
    over,
    beat: () => alive.forEach((node) => node.tell({ type: "heartbeat", ...node.activity })),
  };
}

/** Lets time go by, in which all nodes that live say so. */
async function pass(run: ReturnType<typeof coordinate>, seconds: number): Promise<void> {
  for (let left = seconds * 1000; left > 0; left -= TICK_MS) {
    nowMs += TICK_MS;
    await vi.advanceTimersByTimeAsync(TICK_MS);
    run.beat();
  }
}

/** Stands still at the first checkpoint. */
function pausing(node: Spoken, generation: number): void {
  node.tell({ type: "reached", generation, step: 5, results: [] });
}

test("a node that hangs in its work while another waits for it is replaced after ten minutes", async () => {
  const run = coordinate({ going: (node) => (node.activity = { working: node.name === "node-1", moved: false }) });
  await pass(run, 599);
  expect(run.lost).toEqual([]);
  await pass(run, 3);
  expect(run.lost).toEqual([expect.stringMatching(/^node-1: its work has not moved for 600\d\d\d ms$/)]);
  run.over.abort();
  expect(await run.ended).toBe("cancelled");
});

test("a run in which all nodes hang in their work, or none works, ends after ten minutes", async () => {
  for (const working of [true, false]) {
    const run = coordinate({ going: (node) => (node.activity = { working, moved: false }) });
    await pass(run, 602);
    expect(await run.ended).toMatch(/^nothing has moved for 600\d\d\d ms in generation 1$/);
  }
});

test("a step or a validation of more than ten minutes is none of these while its leaves are computed", async () => {
  const run = coordinate({ going: (node) => (node.activity = { working: true, moved: true }) });
  await pass(run, 1300);
  expect(run.lost).toEqual([]);
  run.over.abort();
  expect(await run.ended).toBe("cancelled");
});

test("a node that never joins is replaced after two minutes", async () => {
  const run = coordinate({ joins: (name) => name !== "node-0" });
  await pass(run, 119);
  expect(run.lost).toEqual([]);
  await pass(run, 2);
  expect(run.lost).toEqual([expect.stringMatching(/^node-0: not heard for 120\d\d\d ms$/)]);
  run.over.abort();
  expect(await run.ended).toBe("cancelled");
});

test("a store that does not answer holds up neither the watch over the run nor its end", async () => {
  const hanging = { onCheckpoint: () => new Promise<void>(() => {}) };
  const stalled = coordinate({ going: pausing }, hanging);
  await pass(stalled, 625);
  expect(await stalled.ended).toMatch(/^nothing has moved for 600\d\d\d ms/);
  const cancel = new AbortController();
  const cancelled = coordinate({ going: pausing }, { ...hanging, signal: cancel.signal });
  await pass(cancelled, 1);
  cancel.abort();
  // Twenty seconds for a last checkpoint, and as many for the one that is on its way.
  await pass(cancelled, 41);
  expect(await cancelled.ended).toBe("cancelled");
  expect(cancelled.log).toContainEqual(expect.stringContaining("the store has not answered"));
});
