/** Which trainings come to the same bytes whenever they are made. */
import type { Recipe } from "@millrace/contracts";
import type { TrainingDevice } from "./training_device.ts";

/** The same bytes for any number of nodes, and the next time: what versions are labelled `exact` for. Whether products are mixed does not matter. */
export function isRepeatable(device: TrainingDevice, { exchange }: Pick<Recipe["train"], "exchange">): boolean {
  // A card's kernels add in another order than the next one's, and in another one the next time.
  // What travels in fewer bits depends on how many travel.
  return device === "cpu" && exchange === "exact";
}
