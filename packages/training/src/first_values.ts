import { initialAdapters, initialParameters, type Parameter } from "@millrace/transformer";
import type { ReplicaOptions } from "./replica_port.ts";

/**
 * Says how to make what a training's vector holds before its first step: the parameters it begins with, or adapters that change nothing
 * yet. What a training begins with is as large as the model, so nothing else of a replica may refer to it for longer.
 * @param layout Of what is trained; default all of it.
 */
export function firstValues(
  { config, training, adapters, initial }: ReplicaOptions,
  layout?: readonly Parameter[],
): () => Float32Array {
  return () => {
    if (adapters !== undefined) return initialAdapters(config, adapters, training.seed, layout);
    return initial ?? initialParameters(config, training.seed, layout);
  };
}

/** Says that adapters have no model to stand beside. */
export function withoutModel(): RangeError {
  return new RangeError("training adapters: found no model that they are for, wanted its parameters");
}
