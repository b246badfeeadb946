import type { Link } from "@millrace/collective";
import { expect, test } from "vitest";
import type { NodeMessage } from "../control_messages.ts";
import { toyReplicas } from "../testing/toy_replicas.ts";
import type { TrainingJob } from "../training_job.ts";
import type { ReplicaFactory } from "./replica.ts";
import { runNode } from "./run_node.ts";
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

/** A node whose coordinator is the test. */
function beginNode(replicas: ReplicaFactory) {
  const gone = Promise.withResolvers<Error | undefined>();
  const told: NodeMessage[] = [];
  let listening = 0;
  let hear: Parameters<Link["read"]>[0] | undefined;
  const control: Link = {
    remote: "test",
    sentBytes: 0,
    send: (message) => void told.push(message as NodeMessage),
    drained: () => Promise.resolve(),
    read: (reader) => void (hear = reader),
    close() {},
    end() {},
    closed: gone.promise,
  };
  const ended = runNode({
    name: "a",
    coordinator: { host: "test", port: 1 },
    host: "test",
    secret: "not looked at here",
    connect: () => Promise.resolve(control),
    peers: {
      connect: () => new Promise(() => {}),
      listen() {
        listening++;
        return Promise.resolve({ host: "test", port: 1, close: () => void listening-- });
      },
    },
    replicas,
    hash: sha256,
    now: () => performance.now(),
    log() {},
  });
  return {
    told,
    ended: expect(ended).rejects.toThrow("the link to the coordinator was closed"),
    giveJob: () => hear!.receive({ type: "job", job: JOB }, new Uint8Array()),
    leave: () => gone.resolve(undefined),
    get listening() {
      return listening;
    },
  };
}

const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

test("runNode() leaves no heart beating when the coordinator is gone before it knows its own arithmetic", async () => {
  const before = timers();
  const known = Promise.withResolvers<void>();
  const toys = toyReplicas("same", 1);
  const node = beginNode({ ...toys, fingerprint: () => known.promise.then(() => toys.fingerprint()) });
  await Promise.resolve();
  node.leave();
  await node.ended;
  known.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(node.told).toEqual([]);
  expect(timers()).toBe(before);
});

test("runNode() gives up a seat that it was taking when the coordinator went", async () => {
  const toys = toyReplicas("same", 1);
  const [building, built] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let open = 0;
  const node = beginNode({
    ...toys,
    async create(request) {
      building.resolve();
      await built.promise;
      open++;
      return { ...(await toys.create(request)), close: () => Promise.resolve(void open--) };
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  node.giveJob();
  await building.promise;
  node.leave();
  await new Promise((resolve) => setImmediate(resolve));
  built.resolve();
  await node.ended;
  await new Promise((resolve) => setImmediate(resolve));
  expect([open, node.listening]).toEqual([0, 0]);
});
