import type { StageActivity } from "@millrace/contracts";
import { cutCheckpoint, joinCheckpoints, readModelParts } from "@millrace/training";
import { modelStages } from "@millrace/transformer";
import type { StageBase, StagePorts } from "./coordinator/ports.ts";
import { BASE_PART, baseBlob, baseFolderOf, isBaseBlob, type ModelSettings } from "./model_settings.ts";

/** Stages of a language model. */
interface ModelStagePorts extends StagePorts {
  layersOf(stage: number): StageActivity["layers"];
}

/**
 * Language models in stages, for their coordinator; nothing if there is only one.
 * @throws {RangeError} If there are more stages than layers.
 */
export function stagePorts(
  { config, base, adapters }: Pick<ModelSettings, "config" | "base" | "adapters">,
  count: number,
): ModelStagePorts | undefined {
  if (count === 1) return undefined;
  const stages = modelStages(config, count, adapters);
  const parted = (names: readonly string[]): StageBase => ({
    blob: BASE_PART,
    isFrozen: adapters !== undefined,
    async cut(blobs, read) {
      const files: Record<string, Uint8Array> = {};
      for (const name of names.map(baseBlob)) files[name] = await read(blobs[name]!);
      const layouts = stages.map(({ layout }) => layout);
      const vectors = await readModelParts(baseFolderOf(names, files), config, layouts);
      return vectors.map(({ buffer }) => new Uint8Array(buffer));
    },
  });
  return {
    count,
    layersOf: (stage) => stages[stage]!.blocks,
    // Only the first stage reads training tokens; all count the validation windows.
    blobsOf: (stage, blobs) =>
      Object.fromEntries(
        Object.entries(blobs).filter(
          ([name]) => !isBaseBlob(name) && (stage === 0 || /^(?:marks\.)?validation\./.test(name)),
        ),
      ),
    base: base && parted(base),
    join: (pieces) => joinCheckpoints(config, stages, pieces),
    cut: (stage, whole) => cutCheckpoint(config, stages[stage]!, whole),
  };
}
