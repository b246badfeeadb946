import type { Link, ListenOptions } from "@millrace/collective";
import { expect, test } from "vitest";
import type { NodeMessage } from "../control_messages.ts";
import { toyReplicas } from "../testing/toy_replicas.ts";
import type { TrainingJob } from "../training_job.ts";
import { takeSeat } from "./seat.ts";
import { sha256 } from "../runtime/sha256.ts";

const JOB: TrainingJob = {
  run: "toy-run",
  leaves: 2,
  steps: 3,
  validationLeaves: 0,
  validateEverySteps: 1,
  checkpointEverySteps: 1,
  replica: { floats: 4, leafMs: 0 },
  blobs: {},
};

function linkOf(own: Partial<Link>): Link {
  return {
    remote: "test",
    sentBytes: 0,
    send() {},
    drained: () => Promise.resolve(),
    read() {},
    close() {},
    end() {},
    closed: new Promise(() => {}),
    ...own,
  };
}

/** A seat whose coordinator and peers are the test. */
async function seated(change: Partial<TrainingJob> = {}) {
  const told: NodeMessage[] = [];
  const drains: (() => void)[] = [];
  const failed = Promise.withResolvers<unknown>();
  let heard: (() => void) | undefined;
  let peers: ListenOptions | undefined;
  const seat = await takeSeat({
    name: "a",
    coordinator: { host: "test", port: 1 },
    host: "test",
    secret: "not looked at here",
    connect: () => new Promise(() => {}),
    peers: {
      connect: () => new Promise(() => {}),
      listen(options) {
        peers = options;
        return Promise.resolve({ host: "test", port: 1, close() {} });
      },
    },
    replicas: toyReplicas("same", 1),
    hash: sha256,
    now: () => performance.now(),
    log() {},
    job: { ...JOB, ...change },
    control: linkOf({ drained: () => new Promise((resolve) => drains.push(resolve)) }),
    tell(message) {
      told.push(message);
      heard?.();
    },
    fetchBlob: () => Promise.reject(new Error("no blob is wanted")),
    fail: failed.resolve,
  });
  async function until(wanted: (message: NodeMessage) => boolean): Promise<void> {
    while (!told.some(wanted)) await new Promise<void>((resolve) => (heard = resolve));
  }
  return {
    seat,
    drains,
    failed: failed.promise,
    call: (link: Link) => peers?.onLink(link),
    checkpoints: () => told.filter((message) => message.type === "checkpoint"),
    until,
    /** Makes the first steps of a generation with these members. */
    async begin(members: string[]): Promise<void> {
      const addresses = Object.fromEntries(members.map((name) => [name, { host: "test", port: 1 }]));
      seat.command({ type: "configure", generation: 0, members, step: 0, cleared: -1, catchUp: "none", addresses });
      await until(({ type }) => type === "ready");
      seat.command({ type: "go", generation: 0 });
    },
  };
}

/** Lets everything happen that waits for nothing from outside. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("a checkpoint that is still being sent when the next one is asked for is broken off, and the next comes whole, once", async () => {
  const { seat, drains, checkpoints, until, begin } = await seated();
  await begin(["a"]);
  await until((message) => message.type === "reached" && message.step === 1);
  expect(seat.activity()).toEqual({ working: false, moved: true });
  expect(seat.activity().moved).toBe(false);
  seat.command({ type: "export", step: 1 });
  await settled();
  expect(drains).toHaveLength(1);
  seat.command({ type: "proceed", generation: 0, step: 1 });
  await until((message) => message.type === "reached" && message.step === 2);
  seat.command({ type: "export", step: 2 });
  await settled();
  expect(drains).toHaveLength(2);
  drains[0]!();
  await settled();
  expect(checkpoints()).toEqual([]);
  seat.command({ type: "export", step: 2 });
  await settled();
  for (let next = 1; next < drains.length; next++) {
    drains[next]!();
    await settled();
  }
  expect(checkpoints().map(({ step, file }) => [step, file])).toEqual([
    [2, "model"],
    [2, "state"],
  ]);
  await seat.leave();
});

test("what fails in a turn that was put off is told as any other failure", async () => {
  const cut = new Error("the link is cut");
  // Sixteen of twenty pieces are a turn; the rest is put off.
  const { seat, call, failed, begin } = await seated({ exchange: "fp16", replica: { floats: 20 * 65_536, leafMs: 0 } });
  call(
    linkOf({
      send({ chunk }) {
        if (Number(chunk) >= 16) throw cut;
      },
      read: (handler) => handler.receive({ kind: "hello", run: JOB.run, generation: 0, from: "b" }, new Uint8Array()),
    }),
  );
  await begin(["a", "b"]);
  expect(await failed).toBe(cut);
  await seat.leave();
});

test("a seat says that it works while it computes a leaf, and not that it has moved", async () => {
  const { seat, until, begin } = await seated({ replica: { floats: 4, leafMs: 5 } });
  await begin(["a"]);
  await settled();
  expect(seat.activity()).toEqual({ working: true, moved: false });
  await until((message) => message.type === "reached" && message.step === 1);
  expect(seat.activity()).toEqual({ working: false, moved: true });
  await seat.leave();
});
