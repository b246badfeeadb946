import type { SearchSection } from "@millrace/contracts";
import type { Estimate } from "./estimate.ts";

/**
 * What a recipe with a search takes: the time of its trials one after another, since those at once share the cores, and the memory of as
 * many of the largest as may be at once. The best one's checkpoint is the model.
 * @param trials Of the training of each; at least one.
 * @param largest The one whose basis is told.
 */
export function searchedEstimate(
  trials: readonly Estimate[],
  largest: Estimate,
  { parallel, pruner, method }: SearchSection,
): Estimate {
  const { corpus } = largest.seconds;
  const training = trials.reduce((sum, one) => sum + one.seconds.training, 0);
  const atOnce = Math.min(parallel, trials.length);
  const stateBytes = Math.max(...trials.map((one) => one.stateBytes));
  const values = method === "tpe" ? "their values as if all were drawn at random" : "each with its own values";
  const early = pruner === "none" ? "" : "; trials that are given up early save their share";
  return {
    ...largest,
    seconds: { corpus, training, total: corpus + training },
    stateBytes,
    memoryBytes: Math.max(...trials.map((one) => one.memoryBytes)) + (atOnce - 1) * stateBytes,
    coreSeconds: trials.reduce((sum, one) => sum + one.coreSeconds - corpus, corpus),
    basis: [
      ...largest.basis,
      `search: at most ${trials.length} trials, ${atOnce} at once, ${values}; steps and memory above are those of the largest${early}`,
    ],
  };
}
