/** Nodes that say what a test has them say: whom the coordinator gives up when links between living nodes break. */
import { connectTcp, listenTcp } from "@millrace/collective/tcp";
import { expect, test } from "vitest";
import { CoordinatorMessage, type NodeMessage, parseMessage } from "../control_messages.ts";
import { memoryGenerations } from "../coordinator/generation_memory.ts";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import { runTraining } from "../coordinator/run_training.ts";
import { SECRET } from "../testing/run_kit.ts";
import { sha256 } from "./sha256.ts";

const JOB = {
  run: "spoken",
  leaves: 4,
  steps: 10,
  validationLeaves: 0,
  validateEverySteps: 5,
  checkpointEverySteps: 5,
  replica: {},
  blobs: {},
};
const fingerprint = { runtime: "spoken", library: "spoken", kernelClass: "spoken", probe: "same" };

/** @param going What the node does where a generation goes; it makes no step. */
async function speak(
  name: string,
  address: Parameters<CoordinatorPorts["spawnNode"]>[1],
  going: (generation: number, tell: (message: NodeMessage) => void) => void,
) {
  const link = await connectTcp({ ...address, secret: SECRET, purpose: "control" });
  const tell = (message: NodeMessage): void => link.send(message);
  link.read({
    place: () => undefined,
    receive(header) {
      const message = parseMessage(CoordinatorMessage, header);
      if (message.type === "job")
        tell({
          type: "prepared",
          applied: 0,
          address: { host: "127.0.0.1", port: 1 },
          validationLeaves: 0,
          productRate: 1,
        });
      else if (message.type === "configure") tell({ type: "ready", generation: message.generation });
      else if (message.type === "halt")
        tell({ type: "halted", generation: message.generation, applied: 0, holdsSums: false });
      else if (message.type === "go") going(message.generation, tell);
    },
  });
  tell({ type: "join", name, fingerprint });
  return link;
}

/**
 * Coordinates two nodes until one is lost or generation `end` goes.
 * @param breaks How often in each generation `node-0` tells that it cannot reach `node-1`.
 */
async function coordinate(end: number, breaks: number): Promise<{ readonly lost: string[]; readonly goes: number }> {
  const over = new AbortController();
  const lost: string[] = [];
  let goes = 0;
  const spawnNode = (name: string, address: Parameters<CoordinatorPorts["spawnNode"]>[1]): NodeHandle => {
    const link = speak(name, address, (generation, tell) => {
      if (name !== "node-0") return;
      if (++goes === end) return over.abort();
      const broken = { type: "unreachable", generation, member: "node-1", reason: "the link was closed" } as const;
      for (let i = 0; i < breaks; i++) tell(broken);
    });
    // One that is started in place of a lost one comes when the run is over already.
    const ended = link.then(
      (open) => open.closed,
      () => undefined,
    );
    return {
      kill: () =>
        void link.then(
          (open) => open.close(),
          () => {},
        ),
      exited: ended.then(() => "it ended"),
    };
  };
  await runTraining(JOB, {
    listen: listenTcp,
    hash: sha256,
    secret: SECRET,
    nodes: 2,
    spawnNode,
    generation: memoryGenerations(),
    readBlob: () => Promise.reject(new Error("there is none")),
    onCheckpoint: () => Promise.resolve(),
    onProgress(progress) {
      if (progress.type !== "lost") return;
      lost.push(progress.node);
      over.abort();
    },
    // Nobody is ever silent.
    now: () => 0,
    log: () => {},
    deadline: over.signal,
  });
  return { lost, goes };
}

test("runTraining() gives up none of two nodes whose links break many times over while all are halted", async () => {
  // As where each member that halts closes its links before the others have heard that they are to halt.
  expect(await coordinate(4, 20)).toEqual({ lost: [], goes: 4 });
});

test("runTraining() gives up a node that cannot be reached in six generations one after another", async () => {
  expect(await coordinate(9, 1)).toEqual({ lost: ["node-1"], goes: 6 });
});
