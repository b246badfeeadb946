/** What a training has come to. */
import type { Pipeline, StageFailure } from "@millrace/contracts";
import { NO_VALIDATION_YET, shouldStop, updateEarlyStopping, type EarlyStopping } from "@millrace/training";
import type { TrainingResult } from "./coordinator/ports.ts";
import type { TrainingJob, Validation } from "./training_job.ts";
import type { CheckpointRow, TrainingStore } from "./training_store.ts";

/** A run that came to its end. */
export interface Trained {
  readonly checkpoint: CheckpointRow;
  readonly validationLoss: number;
  readonly exact: boolean;
  readonly partial: boolean;
  /** Absent if no step was made since the training was gone on with. */
  readonly exchangedBytesPerStep?: number;
  /** Of a model in stages; absent as above. */
  readonly pipeline?: Pipeline;
}

/**
 * The result of a run that had come to its end before its process died, if it had.
 * @param timeLimitSeconds Over all attempts; absent: none.
 */
export function resultBefore(
  { steps, patience }: TrainingJob,
  { resume, elapsedMs }: CheckpointRow,
  timeLimitSeconds: number | undefined,
): Omit<TrainingResult, "fingerprint"> | undefined {
  const { step, validations } = resume;
  // Nodes of other arithmetic are refused, so whatever was kept is exact.
  const result = { step, checkpoint: resume, validations, exact: true };
  if (step === steps) return { ...result, status: "finished" };
  if (shouldStop(stoppingOf(validations), patience)) return { ...result, status: "stopped early" };
  const isTimeUp = timeLimitSeconds !== undefined && elapsedMs >= timeLimitSeconds * 1000;
  return isTimeUp ? { ...result, status: "cancelled" } : undefined;
}

/** Finds the checkpoint that is a run's result. */
export async function trainedOf(
  { status, checkpoint, validations, exact, step }: Omit<TrainingResult, "fingerprint">,
  patience: number | undefined,
  jobHash: string,
  store: Pick<TrainingStore, "at">,
): Promise<Trained | StageFailure> {
  const partial = status === "cancelled";
  const validation = validations.at(-1);
  if (checkpoint === undefined || validation === undefined) {
    const message = `training: the time was up after ${step} steps, before the first validation; wanted a larger train.timeLimitSeconds or a smaller train.validateEvery`;
    return { code: "time_limit", message };
  }
  // Chosen here, from all validations of all attempts: the coordinator knows only the checkpoints of its own.
  const wanted = patience === undefined || partial ? checkpoint.step : stoppingOf(validations).bestStep;
  const row = await store.at(jobHash, wanted);
  if (row === undefined) throw new Error(`ending the training: the checkpoint after ${wanted} steps was never kept`);
  const validationLoss = validations.findLast((each) => each.step <= wanted)?.loss ?? validation.loss;
  return { checkpoint: row, validationLoss, exact, partial };
}

function stoppingOf(validations: readonly Validation[]): EarlyStopping {
  return validations.reduce((state, { step, loss }) => updateEarlyStopping(state, step, loss), NO_VALIDATION_YET);
}
