/** Whole trainings on WebGPU, whose device is SwiftShader: no card is needed. */
import { fileURLToPath } from "node:url";
import { EVENTS } from "@millrace/contracts";
import { useSoftwareDevice } from "@millrace/execution/testing";
import { describe, expect, test } from "vitest";
import { blobStore, observeRun, type ObservedRun } from "../testing/run_kit.ts";
import { TINY_MODEL } from "../testing/tiny_model_job.ts";
import { trainerKit } from "../testing/trainer_kit.ts";
import type { TrainingJob } from "../training_job.ts";
import { findWebGpuInProcess } from "./webgpu_process.ts";

const skip = useSoftwareDevice();
/** SwiftShader compiles a node's kernels for seconds, on a busy machine for longer. */
const COMPILING_MS = 300_000;
const main = fileURLToPath(new URL("./node_main.ts", import.meta.url));
const store = blobStore();

function shard(length: number): string {
  const tokens = Uint16Array.from({ length }, (_, i) => (i === 0 ? 0 : (i % 29) + 1));
  return store.put(new Uint8Array(tokens.buffer));
}

const job: TrainingJob = {
  run: "tiny-model",
  leaves: 4,
  steps: 6,
  validationLeaves: 1,
  validateEverySteps: 6,
  checkpointEverySteps: 3,
  replica: {
    ...TINY_MODEL,
    config: { architecture: "gpt2", vocabularySize: 32, contextLength: 16, layers: 1, heads: 2, width: 16 },
    training: { ...TINY_MODEL.training, leafBatch: 1 },
  },
  blobs: { "train.0": shard(600), "validation.0": shard(40) },
};

function lossesOf({ progress }: ObservedRun): number[] {
  return progress.flatMap((each) => (each.type === "step" ? [each.loss] : []));
}

/** Does work while child processes find no Vulkan driver. */
async function withoutDriver(work: () => Promise<void>): Promise<void> {
  const driver = process.env["VK_ICD_FILENAMES"];
  try {
    process.env["VK_ICD_FILENAMES"] = process.env["VK_DRIVER_FILES"] = "/nowhere.json";
    await work();
  } finally {
    process.env["VK_ICD_FILENAMES"] = process.env["VK_DRIVER_FILES"] = driver!;
  }
}

describe.skipIf(skip !== undefined)("training on WebGPU", () => {
  test(
    "two nodes on WebGPU have the loss curve of the processor, also when one of them is killed and comes back",
    async () => {
      const onCpu = await observeRun(job, { nodes: 1, store, main });
      const webgpu: TrainingJob = { ...job, replica: { ...job.replica, device: "webgpu" } };
      const onCard = await observeRun(webgpu, {
        nodes: 2,
        store,
        main,
        device: "webgpu",
        disturb(progress, pids) {
          if (progress.type === "step" && progress.step === 2) process.kill(pids.get("node-1")!, "SIGKILL");
        },
      });
      expect(onCard.result.fingerprint?.runtime).toMatch(/ webgpu$/);
      expect(onCard.progress.some((each) => each.type === "lost")).toBe(true);
      const [wanted, found] = [lossesOf(onCpu), lossesOf(onCard)];
      expect(wanted).toHaveLength(job.steps);
      expect(found).toHaveLength(job.steps);
      // float32 in another order, six steps long: a thousandth of a nat.
      found.forEach((loss, step) => expect(Math.abs(loss - wanted[step]!), `step ${step}`).toBeLessThan(1e-3));
      const [validation] = onCard.result.validations;
      expect(Math.abs(validation!.loss - onCpu.result.validations[0]!.loss)).toBeLessThan(1e-3);
      const resumed = await observeRun({ ...job, resume: onCard.checkpoints[0]!.resume }, { nodes: 1, store, main });
      expect(Math.abs(lossesOf(resumed).at(-1)! - wanted.at(-1)!)).toBeLessThan(1e-3);
    },
    COMPILING_MS,
  );

  test(
    "a training on WebGPU is told as inexact, and fails before it begins where there is no adapter",
    async () => {
      const kit = await trainerKit();
      const short = {
        leaves: 1,
        leafBatch: 1,
        steps: 2,
        validateEvery: 2,
        checkpointEvery: 2,
        device: "webgpu",
      } as const;
      await kit.start("card", await kit.corpus(short));
      expect((await kit.completed("card")).exact).toBe(false);
      const started = kit.host.events.of(EVENTS.trainingStarted).find(({ data }) => data.runId === "card");
      expect(started?.data.settings).toMatchObject({ device: "webgpu" });
      await withoutDriver(async () => {
        await kit.start("none", await kit.corpus(short));
        expect((await kit.failed("none")).error).toMatchObject({
          code: "device_unavailable",
          message: expect.stringContaining("there is no adapter for it") as string,
        });
      });
      await kit.host.close();
    },
    COMPILING_MS,
  );

  test("findWebGpuInProcess() names the driver, and says why where there is none", async () => {
    expect(await findWebGpuInProcess()).toMatchObject({
      isHardware: false,
      name: expect.stringContaining("Swift") as string,
    });
    await withoutDriver(async () => {
      expect(await findWebGpuInProcess()).toMatchObject({ reason: expect.stringContaining("adapter") as string });
    });
  });
});
