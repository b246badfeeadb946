import { openExecutor } from "@millrace/execution/open";
import { createReplica } from "@millrace/training";
import type { TokenStream } from "@millrace/training";
import type { ReplicaFactory } from "../node/replica.ts";
import { ModelSettings, tokensOf } from "../model_settings.ts";

/**
 * Replicas of language models on this machine's ONNX Runtime.
 * @param concurrency Leaves to compute at once.
 */
export async function modelReplicas(concurrency: number): Promise<ReplicaFactory> {
  const executor = await openExecutor(console.warn);
  return {
    fingerprint: () => executor.fingerprint(),
    close: () => executor.close(),
    create({ settings, leaves, steps, blobs, resume }) {
      const { config, training, endOfText, dtype } = ModelSettings.parse(settings);
      const stream = (part: "train" | "validation"): TokenStream => tokensOf(part, blobs, dtype);
      return createReplica({
        executor,
        config,
        training: { ...training, leaves, steps },
        tokens: stream("train"),
        validation: { tokens: stream("validation"), endOfText },
        concurrency,
        ...(resume && { resume }),
      });
    },
  };
}
