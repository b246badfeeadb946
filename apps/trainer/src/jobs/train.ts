import {
  type Adapters,
  type ArtifactRef,
  BaseModel,
  baseName,
  EVENTS,
  Recipe,
  type StageFailure,
  TokenManifest,
  type TrainedAdapter,
  type TrainingPlan,
} from "@millrace/contracts";
import { bestOf } from "@millrace/search";
import { defineJob, failStage, type JobContext, type JobKind } from "@millrace/service";
import { huggingFaceAdapterConfig } from "@millrace/transformer";
import { mergedModel } from "../merged_model.ts";
import { trainOrBeginAnew } from "../begin_anew.ts";
import { planJob, type PlannedJob } from "../plan_job.ts";
import { readJsonArtifact } from "../read_json_artifact.ts";
import { listTrials } from "../search/search_store.ts";
import { published, trainRun } from "../train_run.ts";
import { openTrainingStore } from "../training_store.ts";
import { withWayOut } from "../way_out.ts";
import type { Trained } from "../trained.ts";
import type { TrainerOptions } from "../trainer_options.ts";
import { type TrainingDevice, trainingDevice } from "../training_device.ts";

export const TRAIN = "train";

/** What a training leaves. */
interface Made {
  /** `model.safetensors` of the whole model. */
  readonly model: ArtifactRef;
  readonly adapter?: TrainedAdapter;
}

/** Trains the model of a run; run again, it goes on from the last checkpoint that was kept, to the same bytes. */
export function trainJob(options: TrainerOptions): JobKind {
  return defineJob({
    kind: TRAIN,
    version: 1,
    input: EVENTS.trainingStart.schema,
    async run({ input, generation }, context): Promise<(Trained & { planned: PlannedJob; made: Made }) | StageFailure> {
      const { runId, tokenized } = input;
      const recipe = await readJsonArtifact(context.artifacts, input.recipe.sha256, Recipe);
      const manifest = await readJsonArtifact(context.artifacts, tokenized.sha256, TokenManifest);
      const base = input.base && (await readJsonArtifact(context.artifacts, input.base.manifest.sha256, BaseModel));
      const device = await trainingDevice(recipe, options.findWebGpu, base);
      if (typeof device === "object") return device;
      const planned = await planJob(runId, recipe, manifest, base, device);
      if ("code" in planned) return planned;
      const { config, parameters, train, job } = planned;
      const trial = await trialOf(runId, context);
      // Its checkpoints may be of no use here: no reason to search anew.
      const begin = trial === undefined ? trainRun : trainOrBeginAnew;
      const trained = await begin(
        planned,
        {
          runId,
          claim: generation,
          started(fingerprint, from) {
            const { nodes, steps: _, ...rest } = train;
            const { steps } = job;
            const settings = { ...settingsOf(rest, device), ...(trial !== undefined && { trial }) };
            const run = { config, parameters, steps, nodes, settings, fingerprint };
            return context.emit("the run", EVENTS.trainingStarted, {
              runId,
              ...run,
              tokenized,
              ...(from && { from }),
            });
          },
          checkpointed: (checkpoint) =>
            context.emit(`step ${checkpoint.step}`, EVENTS.trainingCheckpointed, checkpoint),
          stepped(step) {
            const progress = { runId, stage: "training" as const, done: step, total: job.steps, unit: "steps" };
            return context.emit(`training ${step}`, EVENTS.stageProgressed, progress);
          },
        },
        context,
        options,
      );
      if ("code" in trained) {
        const kept = trial === undefined ? await keptSteps(context, runId, planned.jobHash) : [];
        return withWayOut(trained, runId, kept, planned);
      }
      const { step, model } = trained.checkpoint;
      const made = base && train.lora ? await mergedFrom(base, planned, train.lora, model, context) : { model };
      const last = { runId, stage: "training" as const, done: step, total: step, unit: "steps" };
      await context.emit(`training ${step} of ${step}`, EVENTS.stageProgressed, last);
      return { ...trained, planned, made };
    },
    async completed(outcome, context, { input }) {
      const { runId } = input;
      if ("code" in outcome) return failStage(context, "training", input, outcome);
      const { checkpoint, made, planned, validationLoss, exact, partial, exchangedBytesPerStep, pipeline } = outcome;
      context.output("the run", EVENTS.trainingCompleted, {
        runId,
        checkpoint: made.model,
        ...(made.adapter && { adapter: made.adapter }),
        config: planned.config,
        parameters: planned.parameters,
        steps: checkpoint.step,
        nodes: planned.train.nodes,
        loss: { train: checkpoint.trainLoss, validation: validationLoss },
        ...(exchangedBytesPerStep !== undefined && { exchangedBytesPerStep }),
        ...(pipeline && { pipeline }),
        fingerprint: published(checkpoint.fingerprint),
        exact,
        partial,
      });
    },
    async failed({ message }, context, { input }) {
      failStage(context, "training", input, { code: "training_failed", message });
    },
  });
}

/** Steps that the run has a checkpoint after, ascending. */
async function keptSteps({ database, project }: JobContext, runId: string, jobHash: string): Promise<number[]> {
  const store = await openTrainingStore(database.drizzle, project, runId);
  return (await store.steps(jobHash)).sort((a, b) => a - b);
}

/** Which trial of the run's search has the values that it is trained with; undefined where it has not searched. */
async function trialOf(runId: string, { database, project }: JobContext): Promise<number | undefined> {
  return bestOf(await listTrials(database.drizzle, project, runId))?.number;
}

/** Merges the adapters that were trained, and writes down what they are. */
async function mergedFrom(
  base: BaseModel,
  { config }: PlannedJob,
  adapters: Adapters,
  weights: ArtifactRef,
  { artifacts }: JobContext,
): Promise<Made> {
  const read = (sha256: string): Promise<Uint8Array> => artifacts.bytes(sha256);
  const merged = await mergedModel(base, config, adapters, await read(weights.sha256), read);
  // As the hub names it.
  const name = baseName(base)
    .replace(/^hf:/, "")
    .replace(/@[0-9a-f]{40}$/, "");
  const described = `${JSON.stringify(huggingFaceAdapterConfig(name, config, adapters), undefined, 2)}\n`;
  return {
    model: await artifacts.put(merged, "application/safetensors"),
    adapter: { weights, config: await artifacts.put(new TextEncoder().encode(described), "text/plain") },
  };
}

/**
 * Settings as the recipe has them: a choice by its name, and beside it what it has of its own.
 * @param device The one that was chosen; the processor is not mentioned, nor are exact exchange and float32.
 */
export function settingsOf(
  train: Omit<TrainingPlan["train"], "nodes" | "steps">,
  device: TrainingDevice,
): Record<string, number | string | boolean> {
  const {
    optimiser: { name: optimiser, ...ofOptimiser },
    schedule: { name: schedule, ...ofSchedule },
    decayGroups,
    lora,
    device: _,
    exchange,
    precision,
    ...rest
  } = train;
  const ofAdapters = lora && {
    method: "lora",
    loraRank: lora.rank,
    loraAlpha: lora.alpha,
    loraTargets: lora.targets.join(", "),
  };
  const chosen = {
    schedule,
    ...ofSchedule,
    optimiser,
    ...ofOptimiser,
    device: device === "cpu" ? undefined : device,
    exchange: exchange === "exact" ? undefined : exchange,
    precision: precision === "float32" ? undefined : precision,
  };
  const written = { ...rest, ...ofAdapters, ...chosen, decayGroups: decayGroups?.join(", ") };
  const known = Object.entries(written).filter(
    (entry): entry is [string, number | string | boolean] => entry[1] !== undefined,
  );
  return Object.fromEntries(known);
}
