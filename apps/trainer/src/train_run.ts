/** Trains one run from where it stands to its end, and keeps what a later attempt would go on from. */
import type { RuntimeFingerprint as PublishedFingerprint, StageFailure } from "@millrace/contracts";
import type { JobContext } from "@millrace/service";
import { operationsPerToken } from "@millrace/transformer";
import type { Checkpoint, TrainingProgress } from "./coordinator/ports.ts";
import { runTraining } from "./coordinator/run_training.ts";
import type { CheckpointFiles } from "./node/replica.ts";
import { keptCheckpoints } from "./kept_checkpoints.ts";
import { ModelSettings } from "./model_settings.ts";
import { stagePorts } from "./model_stages.ts";
import { takeOrigin } from "./origin_checkpoint.ts";
import type { PlannedJob } from "./plan_job.ts";
import { createProgressGatherer } from "./progress_report.ts";
import { isRepeatable } from "./repeatable.ts";
import type { RunRequest } from "./run_request.ts";
import { startLimits } from "./run_limits.ts";
import { startTelling } from "./telling.ts";
import { resultBefore, type Trained, trainedOf } from "./trained.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import type { Validation } from "./training_job.ts";
import { type CheckpointRow, openTrainingStore } from "./training_store.ts";
import { firstWhole } from "./whole_checkpoint.ts";
import { refusalOf } from "./training_refusal.ts";
import type { TrainingFingerprint } from "./training_arithmetic.ts";

const SAFETENSORS = "application/safetensors";

/**
 * Trains.
 * @returns The result, or why the run cannot have one.
 * @throws What another attempt may overcome, and the reason of an aborted signal.
 */
export async function trainRun(
  planned: PlannedJob,
  request: RunRequest,
  context: JobContext,
  options: TrainerOptions,
): Promise<Trained | StageFailure> {
  const { job, jobHash, basis, train, device, origin } = planned;
  const { runId } = request;
  const { artifacts, log, signal } = context;
  const store = await openTrainingStore(context.database.drizzle, context.project, runId);
  const own = await firstWhole(await store.newestFirst(jobHash), artifacts, (step, reason) =>
    log.warn(`training: the checkpoint after ${step} steps is passed over, ${reason}`, { runId }),
  );
  const found = own ?? (origin && (await takeOrigin(origin, planned, store, artifacts)));
  if (found !== undefined && "code" in found) return found;
  const from: CheckpointRow | undefined = found;
  // The start is told before there is a later one.
  const taken =
    from && origin?.step === from.step ? { ...origin, checkpoint: from.model, state: from.state } : undefined;
  const before = from && resultBefore(job, from, train.timeLimitSeconds);
  const repeatable = isRepeatable(device, train);
  if (from !== undefined && before !== undefined) {
    // A trial of the run's search may have made it, of which the run has told nothing yet.
    await request.started(published(from.fingerprint), taken);
    return trainedOf({ ...before, exact: before.exact && repeatable }, train.patience, jobHash, store);
  }
  const beganMs = context.now() - (from?.elapsedMs ?? 0);
  const elapsedMs = (): number => context.now() - beganMs;
  const run = { runId, step: from?.step ?? 0, steps: job.steps };
  const settings = ModelSettings.parse(job.replica);
  const { config, adapters } = settings;
  const operations = operationsPerToken(config, adapters);
  const stages = stagePorts(settings, train.pipelineStages ?? 1);
  const gatherer = createProgressGatherer(run, elapsedMs, operations, stages?.layersOf);
  const telling = startTelling({ ...request, steps: job.steps }, gatherer, store, context);
  const meter = options.meter(context.project);
  const { project } = context;
  const curves = train.tensorboard
    ? options.curves({ project, runId, claim: request.claim, step: run.step, operationsPerToken: operations })
    : undefined;
  let fingerprint: TrainingFingerprint | undefined = from?.fingerprint;
  const validations: Validation[] = [...(from?.resume.validations ?? [])];
  let started: Promise<void> | undefined;
  const limits = startLimits(signal, train.timeLimitSeconds, elapsedMs());

  function onProgress(progress: TrainingProgress): void {
    if (progress.type === "members") {
      ({ fingerprint } = progress);
      started ??= request.started(published(progress.fingerprint), taken);
      // Looked at with the first checkpoint at the latest.
      started.catch(() => {});
    }
    if (progress.type === "validation") {
      validations.push({ step: progress.step, loss: progress.loss });
      request.validated?.(validations);
    }
    meter.add(progress);
    curves?.add(progress);
    gatherer.add(progress);
    telling.poke();
  }

  async function storeFiles(
    step: number,
    { model, state }: CheckpointFiles,
  ): Promise<Pick<CheckpointRow, "model" | "state">> {
    try {
      return { model: await artifacts.put(model, SAFETENSORS), state: await artifacts.put(state, SAFETENSORS) };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`training: storing the checkpoint after ${step} steps: ${reason}`, { cause });
    }
  }

  async function onCheckpoint({ resume, model, state }: Checkpoint): Promise<void> {
    await started;
    const trainLoss = gatherer.trainLoss ?? from?.trainLoss;
    // Before the first step there is nothing worth going on from.
    if (fingerprint === undefined || trainLoss === undefined) return;
    const { step } = resume;
    const stored = await storeFiles(step, { model, state });
    const kept = keptCheckpoints([...(await store.steps(jobHash)), step], resume.validations);
    const event = { runId, step, checkpoint: stored.model, state: stored.state, kept };
    // What is kept has been told; but the last checkpoint of a job that is no longer ours is only for those who go on from it.
    if (!signal.aborted) await request.checkpointed(event);
    const row = {
      jobHash,
      basis,
      step,
      resume,
      ...stored,
      fingerprint,
      trainLoss,
      elapsedMs: Math.round(elapsedMs()),
    };
    await store.keep(row, kept);
  }

  try {
    const result = await runTraining(
      { ...job, ...(from && { resume: from.resume, fingerprint: from.fingerprint }) },
      {
        listen: options.listen,
        ...(options.host !== undefined && { host: options.host }),
        secret: options.clusterSecret,
        hash: options.hash,
        nodes: train.nodes,
        stages,
        spawnNode: options.nodesFor({ ...train, device, log: (line) => log.info(line) }),
        generation: store,
        readBlob: (sha256) => artifacts.bytes(sha256),
        onCheckpoint,
        onProgress,
        now: () => context.now(),
        log: (line) => log.info(line),
        signal: limits.signal,
        deadline: limits.deadline,
      },
    );
    await started;
    if (result.status === "cancelled") {
      signal.throwIfAborted();
      // Its last checkpoint may be from before its time was up: nobody is to train on from there.
      const spentMs = Math.max(elapsedMs(), 1000 * (train.timeLimitSeconds ?? 0));
      await store.spend(jobHash, result.step, Math.round(spentMs));
    }
    // Its time may have been up before a node was there.
    if (from !== undefined && started === undefined) await request.started(published(from.fingerprint), taken);
    const exact = result.exact && repeatable;
    const trained = await trainedOf({ ...result, exact }, train.patience, jobHash, store);
    if ("code" in trained) return trained;
    const { exchangedBytesPerStep, pipeline } = gatherer;
    return {
      ...trained,
      ...(exchangedBytesPerStep !== undefined && { exchangedBytesPerStep }),
      ...(pipeline && { pipeline }),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return refusal;
  } finally {
    limits.clear();
    meter.stop();
    try {
      await telling.stop();
    } finally {
      await curves?.close();
    }
  }
}

/** A fingerprint as others see it. */
export function published({ runtime, kernelClass, probe, revision }: TrainingFingerprint): PublishedFingerprint {
  return { runtime, kernelClass, probe, ...(revision !== undefined && { revision }) };
}
