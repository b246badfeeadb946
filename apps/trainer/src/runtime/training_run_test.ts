import { connect } from "node:net";
import { randomBytes } from "node:crypto";
import { connectTcp, listenTcp } from "@millrace/collective/tcp";
import { describe, expect, test, vi } from "vitest";
import { fileURLToPath } from "node:url";
import { memoryGenerations } from "../coordinator/generation_memory.ts";
import { LONGEST_RECOVERY_MS } from "../testing/recovery.ts";
import { blobStore, observeRun, SECRET } from "../testing/run_kit.ts";
import type { ObservedRun } from "../testing/run_kit.ts";
import type { NodeHandle } from "../coordinator/ports.ts";
import type { TrainingJob } from "../training_job.ts";
import { processNodes } from "./supervisor.ts";

// The bound is for what hangs: processes take their time to start on a busy machine, and some runs here start many.
vi.setConfig({ testTimeout: 300_000 });

const TOY_MAIN = fileURLToPath(new URL("../testing/toy_node_main.ts", import.meta.url));
const store = blobStore();
const tokens = store.put(Uint8Array.of(3, 1, 4));

function toyJob(change: Partial<TrainingJob> = {}): TrainingJob {
  return {
    run: "toy-run",
    leaves: 6,
    steps: 12,
    validationLeaves: 5,
    validateEverySteps: 4,
    checkpointEverySteps: 5,
    // Two chunks and a bit, so that every node of three owns one.
    replica: { floats: 150_000, leafMs: 2 },
    blobs: { tokens },
    ...change,
  };
}

/** What must not depend on nodes, faults or pauses. */
function outcome({ result, progress }: ObservedRun): unknown {
  return {
    status: result.status,
    checkpoint: result.checkpoint,
    validations: result.validations,
    losses: progress.flatMap((each) => (each.type === "step" ? [[each.step, each.loss]] : [])),
  };
}

/** How many nodes made each step. */
function nodesOf({ progress }: ObservedRun): number[] {
  return progress.flatMap((each) => (each.type === "step" ? [each.nodes.length] : []));
}

const undisturbed = observeRun(toyJob(), { nodes: 1, store });

describe("runTraining()", () => {
  test("runTraining() gives equal bytes, validations and losses on 1 and 3 nodes", async () => {
    const one = await undisturbed;
    expect(one.result).toMatchObject({ status: "finished", step: 12, exact: true });
    expect(one.result.validations.map(({ step }) => step)).toEqual([4, 8, 12]);
    expect(one.checkpoints.map(({ resume }) => resume.step)).toEqual([5, 10, 12]);
    const three = await observeRun(toyJob(), { nodes: 3, store });
    expect(outcome(three)).toEqual(outcome(one));
    // Not every step: a node that the machine starves is out for a while, which changes no byte.
    expect(nodesOf(three)).toContain(3);
  });

  test("runTraining() takes in a node that joins two others in mid-run, with the same bytes", async () => {
    const joined = Promise.withResolvers<void>();
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      disturb(progress, _, { join }) {
        if (progress.type === "step" && progress.step === 3) join("one-more");
        if (progress.type === "members" && progress.members.includes("one-more")) joined.resolve();
      },
      // The run would be over before a new process has started.
      beforeCheckpoint: () => joined.promise,
    });
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    expect(nodesOf(run)).toEqual(expect.arrayContaining([2, 3]));
  });

  test("runTraining() lets a lone node make whole steps without sums, where its replica can", async () => {
    const one = await undisturbed;
    const job = toyJob();
    const alone = await observeRun({ ...job, replica: { ...job.replica, onlyAlone: true } }, { nodes: 1, store });
    expect(alone.result).toMatchObject({ status: "finished", checkpoint: one.result.checkpoint });
    expect(alone.result.validations).toEqual(one.result.validations);
  });

  test("runTraining() goes on without a node that is killed in mid-run, with the same bytes, and replaces it", async () => {
    const replaced = Promise.withResolvers<void>();
    const run = await observeRun(toyJob(), {
      nodes: 3,
      store,
      disturb(progress, pids) {
        if (progress.type === "step" && progress.step === 3) process.kill(pids.get("node-1")!, "SIGKILL");
        if (progress.type === "members" && progress.members.includes("node-3")) replaced.resolve();
      },
      // The run would be over before a new process has started.
      beforeCheckpoint: () => replaced.promise,
    });
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    const members = run.progress.filter((each) => each.type === "members").map((each) => each.members);
    expect(members[0]).toEqual(expect.arrayContaining(["node-0", "node-1", "node-2"]));
    expect(members.at(-1)).toContain("node-3");
  });

  test("runTraining() goes on when a checkpoint is stored just while a generation forms, with the same bytes", async () => {
    // The survivor's checkpoint at step 5 is stored between telling both that the replacement is in and their answers: they still
    // believe that the pause after step 5 is to come.
    const [storing, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const generations = memoryGenerations();
    const spawn = processNodes({ secret: SECRET, nodes: 2, main: TOY_MAIN, log: () => {} });
    const nodes = new Map<string, NodeHandle>();
    let isStoring = false;
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      beforeCheckpoint() {
        isStoring = true;
        storing.resolve();
        return stored.promise;
      },
      disturb(progress) {
        if (progress.type === "step" && progress.step === 3) nodes.get("node-1")?.kill();
      },
      ports: {
        spawnNode(name, address) {
          const start = (): NodeHandle => {
            const node = spawn(name, address);
            nodes.set(name, node);
            return node;
          };
          if (name !== "node-2") return start();
          // However soon a process starts, the survivor has come to its checkpoint before.
          return { exited: storing.promise.then(() => start().exited), kill: () => nodes.get(name)?.kill() };
        },
        generation: {
          current: generations.current,
          async advance(run, expected) {
            const next = await generations.advance(run, expected);
            if (isStoring) setImmediate(() => stored.resolve());
            return next;
          },
        },
      },
    });
    expect(outcome(run)).toEqual(outcome(await undisturbed));
  });

  test("runTraining() that is cancelled after the last step, before it is measured, measures it when it is gone on with", async () => {
    const cancelling = new AbortController();
    const { result: cut } = await observeRun(toyJob({ replica: { floats: 150_000, leafMs: 2, validationMs: 100 } }), {
      nodes: 2,
      store,
      ports: { signal: cancelling.signal },
      disturb(progress) {
        // The last step is told when it has been measured; it is made long before.
        if (progress.type === "step" && progress.step === 11) setTimeout(() => cancelling.abort(), 150);
      },
    });
    // Without the validation the run would seem to have come to its end.
    expect(cut.step === 12).toBe(cut.validations.some(({ step }) => step === 12));
    const { result } = await observeRun(toyJob({ resume: cut.checkpoint! }), { nodes: 1, store });
    expect(result).toEqual((await undisturbed).result);
  });

  test("runTraining() counts a node that is stopped for more than 2 s as lost, with the same bytes", async () => {
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      disturb(progress, pids, { harmed }) {
        if (progress.type !== "step" || progress.step !== 3) return;
        harmed("stop", ["node-0"]);
        process.kill(pids.get("node-0")!, "SIGSTOP");
      },
    });
    const [recovery] = run.recoveries;
    console.info(`SIGSTOP of one of 2 nodes: the next step was there after ${recovery?.ms.toFixed(0)} ms`);
    expect(recovery?.ms).toBeLessThan(LONGEST_RECOVERY_MS);
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    const lost = run.progress.find((each) => each.type === "lost");
    expect(lost).toMatchObject({ node: "node-0", reason: expect.stringContaining("not heard for") });
  });

  test("runTraining() names the node that holds the others up", async () => {
    const named = new AbortController();
    const run = await observeRun(
      toyJob({ steps: 1000, replica: { floats: 1000, leafMs: 10 }, checkpointEverySteps: 1000 }),
      {
        nodes: 3,
        store,
        slownessOf: (name) => (name === "node-1" ? 12 : 1),
        ports: { signal: named.signal },
        disturb: (progress) => progress.type === "slow" && named.abort(),
      },
    );
    expect(run.progress.find((each) => each.type === "slow")).toMatchObject({ node: "node-1" });
  });

  test("runTraining() begins again at the last checkpoint when all nodes are killed at once", async () => {
    let done = false;
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      disturb(progress, pids) {
        if (progress.type !== "step" || progress.step !== 7 || done) return;
        done = true;
        for (const pid of pids.values()) process.kill(pid, "SIGKILL");
      },
    });
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    const begins = run.progress.flatMap((each) => (each.type === "members" ? [each.step] : []));
    expect(begins).toContain(5);
  });

  test("runTraining() resumes from a checkpoint on another number of nodes with the same bytes", async () => {
    const { checkpoints, result } = await undisturbed;
    const resumed = await observeRun(toyJob({ resume: checkpoints[0]!.resume }), { nodes: 3, store });
    expect(resumed.result.checkpoint).toEqual(result.checkpoint);
    expect(resumed.progress.find((each) => each.type === "step")).toMatchObject({ step: 6 });
  });

  test("runTraining() takes a last checkpoint when it is cancelled, from which a later run goes on to the same bytes", async () => {
    const cancel = new AbortController();
    const run = await observeRun(toyJob({ checkpointEverySteps: 100 }), {
      nodes: 2,
      store,
      ports: { signal: cancel.signal },
      disturb(progress, pids) {
        if (progress.type !== "step" || progress.step !== 6) return;
        // As a terminal does: Ctrl-C reaches nodes as well, which go on until the coordinator has what it wants of them.
        for (const pid of pids.values()) process.kill(pid, "SIGINT");
        cancel.abort();
      },
    });
    expect(run.result.status).toBe("cancelled");
    expect(run.progress.filter(({ type }) => type === "lost")).toEqual([]);
    const { checkpoint } = run.result;
    expect(checkpoint!.step).toBeGreaterThanOrEqual(6);
    const resumed = await observeRun(toyJob({ resume: checkpoint! }), { nodes: 1, store });
    expect(resumed.result.checkpoint).toEqual((await undisturbed).result.checkpoint);
  });

  test("runTraining() ends after the checkpoint that it is storing, also when its deadline has come", async () => {
    const abort = new AbortController();
    const events: string[] = [];
    const run = observeRun(toyJob(), {
      nodes: 2,
      store,
      ports: { signal: abort.signal, deadline: abort.signal },
      async beforeCheckpoint() {
        events.push("storing");
        abort.abort();
        // Longer than it takes nodes to end.
        await new Promise((resolve) => setTimeout(resolve, 1000));
        events.push("stored");
      },
    });
    expect((await run).result.status).toBe("cancelled");
    expect(events).toEqual(["storing", "stored"]);
  });

  test("runTraining() stops early when validation does not improve, and gives the best checkpoint", async () => {
    const job = toyJob({ patience: 1, steps: 40, validateEverySteps: 1, checkpointEverySteps: 100 });
    const [one, two] = [await observeRun(job, { nodes: 1, store }), await observeRun(job, { nodes: 2, store })];
    expect(one.result.status).toBe("stopped early");
    const best = one.result.validations.toSorted((a, b) => a.loss - b.loss)[0]!;
    expect(one.result.checkpoint!.step).toBe(best.step);
    expect(outcome(two)).toEqual(outcome(one));
  });

  test("runTraining() refuses a node of other arithmetic, naming what differs, and goes on with the one in its place", async () => {
    const odd = Promise.withResolvers<string>();
    const fingerprint = { runtime: "toy", library: "toy", kernelClass: "toy", probe: "same" };
    const run = await observeRun(toyJob({ fingerprint }), {
      nodes: 2,
      store,
      probeOf: (name) => (name === "node-1" ? "another machine" : "same"),
      disturb: (progress) => progress.type === "lost" && odd.resolve(progress.reason),
    });
    expect(await odd.promise).toMatch(/^refused: it computes differently from the run: probe is/);
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    expect(run.result.exact).toBe(true);
  });

  test("runTraining() throws with a code when every node computes differently", async () => {
    const fingerprint = { runtime: "toy", library: "toy", kernelClass: "toy", probe: "another" };
    const moved = observeRun(toyJob({ fingerprint }), { nodes: 1, store });
    await expect(moved).rejects.toMatchObject({ code: "fingerprint_mismatch" });
  });

  test("runTraining() throws with a code when the gradient of a node is not finite", async () => {
    const replica = { floats: 1000, leafMs: 0, overflowAt: 3 };
    const overflowing = observeRun(toyJob({ replica }), { nodes: 2, store });
    await expect(overflowing).rejects.toMatchObject({
      code: "non_finite_loss",
      message: expect.stringContaining("step 3: too much"),
    });
  });

  test("runTraining() marks the result inexact when other arithmetic is allowed", async () => {
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      probeOf: (name) => name,
      ports: { allowInexact: true },
    });
    expect(run.result).toMatchObject({ status: "finished", exact: false });
  });

  test("runTraining() survives garbage and a wrong secret on its port", async () => {
    let port = 0;
    let refused = "";
    const run = await observeRun(toyJob(), {
      nodes: 2,
      store,
      ports: {
        listen: async (options) => {
          const listener = await listenTcp(options);
          port = listener.port;
          return listener;
        },
      },
      disturb(progress) {
        if (progress.type !== "step" || progress.step !== 2) return;
        connect(port, "127.0.0.1")
          .on("error", () => {})
          .end(randomBytes(100_000));
        const link = { host: "127.0.0.1", port, purpose: "control" };
        connectTcp({ ...link, secret: "not the secret of this cluster" }).catch(
          (error: Error) => (refused = error.message),
        );
        void connectTcp({ ...link, secret: SECRET }).then((stranger) => stranger.send({ type: "step", step: -1 }));
      },
    });
    expect(outcome(run)).toEqual(outcome(await undisturbed));
    expect(refused).toContain("does not know the cluster secret");
    expect(run.log.join("\n")).toMatch(/turned away/);
  });

  test("runTraining() throws when there are more nodes than leaves, or the generation has passed to another", async () => {
    await expect(observeRun(toyJob(), { nodes: 7, store })).rejects.toThrow("a run of 6 leaves on 7 nodes");
    const generation = { current: () => Promise.resolve(3), advance: () => Promise.resolve(undefined) };
    await expect(observeRun(toyJob(), { nodes: 1, store, ports: { generation } })).rejects.toThrow(
      "is coordinated by another: generation 3 has passed",
    );
  });
});
