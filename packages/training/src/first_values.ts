import { initialAdapters, initialParameters } from "@millrace/transformer";
import type { ReplicaOptions } from "./replica_port.ts";

/** Makes what a training's vector holds before its first step: the parameters it begins with, or adapters that change nothing yet. */
export function firstValues({ config, training, adapters, initial }: ReplicaOptions): Float32Array {
  if (adapters !== undefined) return initialAdapters(config, adapters, training.seed);
  return initial ?? initialParameters(config, training.seed);
}
