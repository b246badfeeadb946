import { type ModelConfig, modelStages } from "@millrace/transformer";
import { cutCheckpoint, joinCheckpoints } from "@millrace/training";
import type { StageActivity } from "@millrace/contracts";
import type { StagePorts } from "./coordinator/ports.ts";

/** Stages of a language model. */
interface ModelStagePorts extends StagePorts {
  layersOf(stage: number): StageActivity["layers"];
}

/**
 * Language models in stages, for their coordinator; nothing if there is only one.
 * @throws {RangeError} If there are more stages than layers.
 */
export function stagePorts(config: ModelConfig, count: number): ModelStagePorts | undefined {
  if (count === 1) return undefined;
  const stages = modelStages(config, count);
  return {
    count,
    layersOf: (stage) => stages[stage]!.blocks,
    // Only the first stage reads training tokens; all count the validation windows.
    blobsOf: (stage, blobs) =>
      stage === 0
        ? blobs
        : Object.fromEntries(Object.entries(blobs).filter(([name]) => name.startsWith("validation."))),
    join: (pieces) => joinCheckpoints(config, stages, pieces),
    cut: (stage, whole) => cutCheckpoint(config, stages[stage]!, whole),
  };
}
