import { openAdamW } from "./adamw.ts";
import { openMuon } from "./muon.ts";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";
import { openSgd } from "./sgd.ts";
import type { TrainingConfig } from "./training_config.ts";

/** Opens the optimiser that a run is to be trained with. */
export function openOptimiser(training: TrainingConfig, parts: OptimiserParts): Promise<Optimiser> {
  const { optimiser } = training;
  return optimiser?.name === "muon"
    ? openMuon({ ...training, ...optimiser }, parts)
    : openElementwiseOptimiser(training, parts);
}

/**
 * Opens an optimiser that treats every element alone.
 * @throws {RangeError} If the one that is wanted does not.
 */
export async function openElementwiseOptimiser<Place>(
  training: TrainingConfig,
  parts: Pick<OptimiserParts<Place>, "decay" | "vectors">,
): Promise<Optimiser<Place>> {
  const { optimiser } = training;
  switch (optimiser?.name) {
    case undefined:
      return openAdamW(training, parts);
    case "sgd":
      return openSgd(optimiser, parts);
    case "muon":
      throw new RangeError(`train.optimiser "muon" works on matrices, wanted "adamw" or "sgd"`);
  }
}
