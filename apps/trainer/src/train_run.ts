/** Trains one run from where it stands to its end, and keeps what a later attempt would go on from. */
import { EVENTS, type RuntimeFingerprint as PublishedFingerprint } from "@millrace/contracts";
import type { RuntimeFingerprint } from "@millrace/execution";
import type { JobContext } from "@millrace/service";
import { NO_VALIDATION_YET, updateEarlyStopping } from "@millrace/training";
import type { Checkpoint, TrainingProgress, TrainingResult } from "./coordinator/ports.ts";
import { runTraining } from "./coordinator/run_training.ts";
import type { PlannedJob } from "./plan_job.ts";
import { createProgressGatherer } from "./progress_report.ts";
import type { Refusal } from "./stage_job.ts";
import { startTelling } from "./telling.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import { type CheckpointRow, openTrainingStore, type TrainingStore } from "./training_store.ts";
import { refusalOf } from "./training_refusal.ts";

const SAFETENSORS = "application/safetensors";
/** Time that a run which is being ended has for a last checkpoint. */
const LAST_CHECKPOINT_MS = 600;
/** Longest time a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a run is, apart from the settings of its training. */
export interface RunRequest {
  readonly runId: string;
  /** Which claim of the job this is. */
  readonly claim: number;
  /** Tells that the training begins. */
  started(fingerprint: PublishedFingerprint): Promise<void>;
}

/** A run that came to its end. */
export interface Trained {
  readonly checkpoint: CheckpointRow;
  readonly validationLoss: number;
  readonly exact: boolean;
  readonly partial: boolean;
}

/**
 * Trains.
 * @returns The result, or why the run cannot have one.
 * @throws What another attempt may overcome, and the reason of an aborted signal.
 */
export async function trainRun(
  { job, jobHash, train }: PlannedJob,
  request: RunRequest,
  context: JobContext,
  options: TrainerOptions,
): Promise<Trained | Refusal> {
  const { runId } = request;
  const { artifacts, log, signal } = context;
  const store = await openTrainingStore(context.database.drizzle, context.project, runId);
  const from = await store.newest(jobHash);
  const beganMs = context.now() - (from?.elapsedMs ?? 0);
  const elapsedMs = (): number => context.now() - beganMs;
  const run = { runId, step: from?.step ?? 0, steps: job.steps };
  const gatherer = createProgressGatherer(run, elapsedMs);
  const telling = startTelling({ ...request, steps: job.steps }, gatherer, store, context);
  let fingerprint: RuntimeFingerprint | undefined = from?.fingerprint;
  let started: Promise<void> | undefined;
  const end = endOf(signal, train.timeLimitSeconds, elapsedMs());

  function onProgress(progress: TrainingProgress): void {
    if (progress.type === "members") {
      ({ fingerprint } = progress);
      started ??= request.started(published(progress.fingerprint));
      // Looked at with the first checkpoint at the latest.
      started.catch(() => {});
    }
    gatherer.add(progress);
    telling.poke();
  }

  async function onCheckpoint({ resume, model, state }: Checkpoint): Promise<void> {
    await started;
    const { step } = resume;
    const stored = { model: await artifacts.put(model, SAFETENSORS), state: await artifacts.put(state, SAFETENSORS) };
    const event = { runId, step, checkpoint: stored.model, state: stored.state };
    // Kept last: what is kept has been told.
    await context.emit(`step ${step}`, EVENTS.trainingCheckpointed, event);
    const trainLoss = gatherer.trainLoss ?? from?.trainLoss;
    if (fingerprint === undefined || trainLoss === undefined)
      throw new Error(`keeping the checkpoint of step ${step} of run ${runId}: no step was reported before it`);
    await store.keep({ jobHash, step, resume, ...stored, fingerprint, trainLoss, elapsedMs: Math.round(elapsedMs()) });
  }

  try {
    const result = await runTraining(
      { ...job, ...(from && { resume: from.resume, fingerprint: from.fingerprint }) },
      {
        listen: options.listen,
        secret: options.clusterSecret,
        nodes: train.nodes,
        spawnNode: options.nodesFor({ ...train, log: (line) => log.info(line) }),
        generation: store,
        readBlob: (sha256) => artifacts.bytes(sha256),
        onCheckpoint,
        onProgress,
        now: () => context.now(),
        log: (line) => log.info(line),
        signal: end.signal,
        deadline: end.deadline,
      },
    );
    await started;
    if (result.status === "cancelled" && signal.aborted) throw signal.reason;
    return await trainedOf(result, train.patience, jobHash, store);
  } catch (error) {
    if (signal.aborted) throw error;
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal;
  } finally {
    end.clear();
    await telling.stop();
  }
}

/** When the run is to end, and when it must have ended: soon after the job is aborted, at leisure when its time is up. */
function endOf(
  job: AbortSignal,
  timeLimitSeconds: number | undefined,
  elapsedMs: number,
): { readonly signal: AbortSignal; readonly deadline: AbortSignal; clear(): void } {
  const [time, deadline] = [new AbortController(), new AbortController()];
  let last: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => void (last = setTimeout(() => deadline.abort(), LAST_CHECKPOINT_MS));
  job.addEventListener("abort", onAbort, { once: true });
  if (job.aborted) onAbort();
  const leftMs = timeLimitSeconds === undefined ? undefined : Math.max(0, timeLimitSeconds * 1000 - elapsedMs);
  const limit = leftMs === undefined ? undefined : setTimeout(() => time.abort(), Math.min(leftMs, LONGEST_TIMER_MS));
  return {
    signal: AbortSignal.any([job, time.signal]),
    deadline: deadline.signal,
    clear() {
      clearTimeout(limit);
      clearTimeout(last);
      job.removeEventListener("abort", onAbort);
    },
  };
}

async function trainedOf(
  { status, checkpoint, validations, exact, step }: TrainingResult,
  patience: number | undefined,
  jobHash: string,
  store: TrainingStore,
): Promise<Trained | Refusal> {
  const partial = status === "cancelled";
  const validation = validations.at(-1);
  if (checkpoint === undefined || validation === undefined) {
    const message = `training: the time was up after ${step} steps, before the first validation; wanted a larger train.timeLimitSeconds or a smaller train.validateEvery`;
    return { code: "time_limit", message };
  }
  // Chosen here, from all validations of all attempts: the coordinator knows only the checkpoints of its own.
  const best = validations.reduce((state, each) => updateEarlyStopping(state, each.step, each.loss), NO_VALIDATION_YET);
  const wanted = patience === undefined || partial ? checkpoint.step : best.bestStep;
  const row = await store.at(jobHash, wanted);
  if (row === undefined) throw new Error(`ending the training: the checkpoint after ${wanted} steps was never kept`);
  const validationLoss = validations.findLast((each) => each.step <= wanted)?.loss ?? validation.loss;
  return { checkpoint: row, validationLoss, exact, partial };
}

/** A fingerprint as others see it. */
export function published({ runtime, kernelClass, probe }: RuntimeFingerprint): PublishedFingerprint {
  return { runtime, kernelClass, probe };
}
