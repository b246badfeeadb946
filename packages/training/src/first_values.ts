import { initialAdapters, initialParameters, type Parameter } from "@millrace/transformer";
import type { ReplicaOptions } from "./replica_port.ts";

/**
 * Makes what a training's vector holds before its first step: the parameters it begins with, or adapters that change nothing yet.
 * @param layout Of what is trained; default all of it.
 */
export function firstValues(
  { config, training, adapters, initial }: ReplicaOptions,
  layout?: readonly Parameter[],
): Float32Array {
  if (adapters !== undefined) return initialAdapters(config, adapters, training.seed, layout);
  return initial ?? initialParameters(config, training.seed, layout);
}

/** Says that adapters have no model to stand beside. */
export function withoutModel(): RangeError {
  return new RangeError("training adapters: found no model that they are for, wanted its parameters");
}
