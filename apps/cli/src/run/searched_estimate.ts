import type { SearchSection } from "@millrace/contracts";
import type { Estimate } from "./estimate.ts";

/**
 * What a recipe with a search takes: as many trainings as it has trials. The best one's checkpoint is the model.
 * @param one Of a single training. The trials at once share the cores, so they take its time one after another.
 */
export function searchedEstimate(one: Estimate, { trials, parallel, pruner }: SearchSection): Estimate {
  const { corpus, training: single } = one.seconds;
  const training = single * trials;
  const early = pruner === "none" ? "" : "; trials that are given up early save their share";
  return {
    ...one,
    seconds: { corpus, training, total: corpus + training },
    memoryBytes: one.memoryBytes + (parallel - 1) * one.stateBytes,
    coreSeconds: corpus + (one.coreSeconds - corpus) * trials,
    basis: [...one.basis, `search: at most ${trials} trials, ${parallel} at once${early}`],
  };
}
