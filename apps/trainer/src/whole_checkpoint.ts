import { ArtifactCorruptError, ArtifactNotFoundError, type Artifacts } from "@millrace/artifacts";
import type { CheckpointRow } from "./training_store.ts";

/**
 * The first of some checkpoints whose files are whole. What is lost with one that is not is time: training from an earlier one comes to the
 * same bytes.
 * @param onDamaged Told of each that is passed over, and what is wrong with it.
 * @returns Undefined if none is.
 */
export async function firstWhole(
  rows: readonly CheckpointRow[],
  artifacts: Artifacts,
  onDamaged: (step: number, reason: string) => void,
): Promise<CheckpointRow | undefined> {
  for (const row of rows) {
    const reason = (await damageOf(row.model.sha256, artifacts)) ?? (await damageOf(row.state.sha256, artifacts));
    if (reason === undefined) return row;
    onDamaged(row.step, reason);
  }
  return undefined;
}

/** Reads a file to its end, which compares its hash. */
async function damageOf(sha256: string, artifacts: Artifacts): Promise<string | undefined> {
  try {
    for await (const _ of await artifacts.stream(sha256));
    return undefined;
  } catch (error) {
    if (error instanceof ArtifactCorruptError || error instanceof ArtifactNotFoundError) return error.message;
    throw error;
  }
}
