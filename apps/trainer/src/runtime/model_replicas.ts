import { onnxWebGpu } from "@millrace/execution/onnx_webgpu";
import { openExecutor } from "@millrace/execution/open";
import {
  ARITHMETIC_REVISION,
  createDilocoReplica,
  createReplica,
  createStageReplica,
  productRate,
  readModelFolder,
} from "@millrace/training";
import type { TokenStream } from "@millrace/training";
import type { ReplicaFactory } from "../node/replica.ts";
import { baseFolderOf, basePartOf, marksOf, ModelSettings, tokensOf } from "../model_settings.ts";
import type { TrainingDevice } from "../training_device.ts";

// Not made where a replica is: that would keep the whole scope, and with it the blobs, as long as the replica.
const now = (): number => performance.now();

/**
 * Replicas of language models on this machine's ONNX Runtime.
 * @param concurrency Leaves to compute at once.
 * @param device What they are computed on.
 */
export async function modelReplicas(concurrency: number, device: TrainingDevice): Promise<ReplicaFactory> {
  const executor = device === "webgpu" ? await onnxWebGpu() : await openExecutor(console.warn);
  return {
    fingerprint: async () => ({ ...(await executor.fingerprint()), revision: ARITHMETIC_REVISION }),
    close: () => executor.close(),
    productRate: () => (device === "webgpu" ? Promise.resolve(undefined) : productRate(executor, concurrency, now)),
    async create({ settings, leaves, steps, blobs, resume, stage }) {
      const { config, training, endOfText, dtype, base, adapters, marked, innerSteps } = ModelSettings.parse(settings);
      const stream = (part: "train" | "validation"): TokenStream => tokensOf(part, blobs, dtype);
      const [tokens, validation] = [stream("train"), stream("validation")];
      const options = {
        executor,
        config,
        training: { ...training, leaves, steps: steps * (innerSteps ?? 1) },
        tokens,
        validation: { tokens: validation, endOfText },
        ...(marked && {
          marks: {
            training: marksOf("train", blobs, tokens.length),
            validation: marksOf("validation", blobs, validation.length),
          },
        }),
        concurrency,
        ...(resume && { resume }),
      };
      // Adapters need the model beside them to the end, whole models only to begin with.
      const isNeeded = base !== undefined && (resume === undefined || adapters !== undefined);
      if (stage !== undefined) {
        const initial = isNeeded && { initial: basePartOf(blobs) };
        return createStageReplica({ ...options, ...initial, adapters, stage, link: stage.link, now });
      }
      const imported = isNeeded && (await readModelFolder(baseFolderOf(base, blobs), config.contextLength));
      const whole = { ...options, ...(imported && { initial: imported.parameters }), adapters };
      if (innerSteps === undefined) return createReplica(whole);
      const replica = await createDilocoReplica(whole, innerSteps);
      return { ...replica, rounds: replica };
    },
  };
}
