import type { ChildProcess } from "@millrace/service/node";
import { fileURLToPath } from "node:url";
import { leastWaiting } from "@millrace/contracts";
import { expect, test, vi } from "vitest";
import { stagePorts } from "../model_stages.ts";
import { blobStore, observeRun, type ObservedRun, SECRET } from "../testing/run_kit.ts";
import { TINY_MODEL, tinyModelJob } from "../testing/tiny_model_job.ts";
import type { TrainingJob } from "../training_job.ts";
import { processNodes } from "./supervisor.ts";

// The bound is for what hangs: many processes are started here, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 });

const main = fileURLToPath(new URL("./node_main.ts", import.meta.url));
const store = blobStore();
const config = { ...TINY_MODEL.config, layers: 3 };
const plain = tinyModelJob(store);
const job: TrainingJob = { ...plain, run: "tiny-pipeline", replica: { ...plain.replica, config } };

const reference = observeRun(job, { nodes: 1, store, main });

function inStages(
  count: number,
  nodes: number,
  options: Partial<Parameters<typeof observeRun>[1]> = {},
  of = job,
): Promise<ObservedRun> {
  const ports = { stages: stagePorts({ config }, count), ...options.ports };
  return observeRun(of, { nodes, store, main, ...options, ports });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Of each step, the share of its time in which its nodes waited for other stages. */
function waitingShares({ progress }: ObservedRun): number[] {
  return progress.flatMap((each) => {
    if (each.type !== "step") return [];
    const spentMs = each.nodes.map(({ computeMs, exchangeMs, applyMs }) => computeMs + exchangeMs + applyMs);
    return sumOf(each.nodes.map(({ stage }) => stage?.waitMs ?? NaN)) / sumOf(spentMs);
  });
}

test("a model trained in 3 stages that work at the same time, and in 2 pipelines of 2, has the checkpoint bytes of one node", async () => {
  const one = await reference;
  const three = await inStages(3, 3);
  expect(three.result).toEqual(one.result);
  // Stages one after another are one at a time. Of the step that waited least: other work on the machine takes time from the stages, and messages
  // between leaves of a few milliseconds do too, so that it is enough to come a third of the way to what a pipeline can.
  const atOnce = 3 * (1 - Math.min(...waitingShares(three)));
  const most = 3 * (1 - leastWaiting({ of: 3, leaves: job.leaves }));
  console.info(`3 stages, 8 leaves: ${atOnce.toFixed(2)} at work at once, ${most.toFixed(2)} at most`);
  expect(atOnce).toBeLessThan(3);
  expect(atOnce).toBeGreaterThan(1 + (most - 1) / 3);
  const two = await inStages(2, 4);
  expect(two.result).toEqual(one.result);
  expect(two.progress.filter((each) => each.type === "members")[0]?.members).toHaveLength(4);
});

test("a pipeline that loses a stage goes back to the last checkpoint, with a node in its place, to the same bytes", async () => {
  let isKilled = false;
  const run = await inStages(2, 2, {
    disturb(progress, pids) {
      if (progress.type !== "step" || progress.step !== 8 || isKilled) return;
      isKilled = true;
      process.kill(pids.get("node-1")!, "SIGKILL");
    },
  });
  expect(run.result).toEqual((await reference).result);
  expect(run.log.some((line) => line.includes("goes back to step 6: a stage has lost what came after"))).toBe(true);
});

test("a stage that is stopped and later goes on gives up its place, and the training comes to the same bytes without it", async () => {
  const spawn = processNodes({ secret: SECRET, nodes: 2, main, log: () => {} });
  const handles = new Map<string, ChildProcess>();
  const run = await inStages(2, 2, {
    ports: {
      stages: stagePorts({ config }, 2),
      spawnNode(name, address) {
        const handle = spawn(name, address);
        handles.set(name, handle);
        // As on a machine of its own, where nobody can end it.
        return name === "node-1" ? { ...handle, kill() {} } : handle;
      },
    },
    disturb(progress) {
      const stopped = handles.get("node-1")!;
      if (progress.type === "step" && progress.step === 8) process.kill(stopped.pid!, "SIGSTOP");
      if (progress.type === "lost" && progress.node === "node-1") process.kill(stopped.pid!, "SIGCONT");
    },
  });
  expect(run.result).toEqual((await reference).result);
  const reason = expect.stringContaining("not heard for");
  expect(run.progress).toContainEqual({ type: "lost", node: "node-1", reason });
  expect(await handles.get("node-1")!.exited).toContain("the link to the coordinator was closed");
});

test("one of two pipelines that loses a stage is whole again with a node in its place, to the same bytes", async () => {
  const replaced = Promise.withResolvers<void>();
  const run = await inStages(2, 4, {
    disturb(progress, pids) {
      if (progress.type === "step" && progress.step === 3) process.kill(pids.get("node-2")!, "SIGKILL");
      if (progress.type === "members" && progress.members.includes("node-4")) replaced.resolve();
    },
    // The run would be over before a new process has started.
    beforeCheckpoint: () => replaced.promise,
  });
  expect(run.result).toEqual((await reference).result);
  expect(run.progress.some((each) => each.type === "lost" && each.node === "node-2")).toBe(true);
  // All came to the pause again when the node joined, and were asked for what was being stored.
  const steps = run.checkpoints.map(({ resume }) => resume.step);
  expect(steps).toEqual([...new Set(steps)]);
});

test("a training goes on from its checkpoint in another number of stages, to the same bytes", async () => {
  const one = await reference;
  const { resume } = one.checkpoints[0]!;
  const staged = await inStages(2, 2, {}, { ...job, resume });
  expect(staged.result.checkpoint).toEqual(one.result.checkpoint);
});

test("runTraining() refuses nodes that do not make whole pipelines", async () => {
  await expect(inStages(2, 3)).rejects.toThrow(
    "a run of 8 leaves on 1.5 nodes of 2 stages: wanted 1 to 8 nodes of 2 stages",
  );
});
