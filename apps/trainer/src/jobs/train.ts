import { BaseModel, EVENTS, Recipe, type StageFailure, TokenManifest, type TrainingPlan } from "@millrace/contracts";
import { defineJob, failStage, type JobKind } from "@millrace/service";
import { planJob, type PlannedJob } from "../plan_job.ts";
import { readJsonArtifact } from "../read_json_artifact.ts";
import { published, trainRun } from "../train_run.ts";
import type { Trained } from "../trained.ts";
import type { TrainerOptions } from "../trainer_options.ts";
import { type TrainingDevice, trainingDevice } from "../training_device.ts";

export const TRAIN = "train";

/** Trains the model of a run; run again, it goes on from the last checkpoint that was kept, to the same bytes. */
export function trainJob(options: TrainerOptions): JobKind {
  return defineJob({
    kind: TRAIN,
    version: 1,
    input: EVENTS.trainingStart.schema,
    async run({ input, generation }, context): Promise<(Trained & { planned: PlannedJob }) | StageFailure> {
      const { runId, tokenized } = input;
      const recipe = await readJsonArtifact(context.artifacts, input.recipe.sha256, Recipe);
      const manifest = await readJsonArtifact(context.artifacts, tokenized.sha256, TokenManifest);
      const base = input.base && (await readJsonArtifact(context.artifacts, input.base.manifest.sha256, BaseModel));
      const device = await trainingDevice(recipe, options.findWebGpu);
      if (typeof device === "object") return device;
      const planned = await planJob(runId, recipe, manifest, base, device);
      if ("code" in planned) return planned;
      const { config, parameters, train } = planned;
      const trained = await trainRun(
        planned,
        {
          runId,
          claim: generation,
          started(fingerprint) {
            const { nodes, steps, ...rest } = train;
            const run = { config, parameters, steps, nodes, settings: settingsOf(rest, device), fingerprint };
            return context.emit("the run", EVENTS.trainingStarted, { runId, ...run, tokenized });
          },
          checkpointed: (checkpoint) =>
            context.emit(`step ${checkpoint.step}`, EVENTS.trainingCheckpointed, checkpoint),
          stepped(step) {
            const progress = { runId, stage: "training" as const, done: step, total: train.steps, unit: "steps" };
            return context.emit(`training ${step}`, EVENTS.stageProgressed, progress);
          },
        },
        context,
        options,
      );
      if ("code" in trained) return trained;
      const { step } = trained.checkpoint;
      const last = { runId, stage: "training" as const, done: step, total: step, unit: "steps" };
      await context.emit(`training ${step} of ${step}`, EVENTS.stageProgressed, last);
      return { ...trained, planned };
    },
    async completed(outcome, context, { input }) {
      const { runId } = input;
      if ("code" in outcome) return failStage(context, "training", input, outcome);
      const { checkpoint, planned, validationLoss, exact, partial, exchangedBytesPerStep } = outcome;
      context.output("the run", EVENTS.trainingCompleted, {
        runId,
        checkpoint: checkpoint.model,
        config: planned.config,
        parameters: planned.parameters,
        steps: checkpoint.step,
        nodes: planned.train.nodes,
        loss: { train: checkpoint.trainLoss, validation: validationLoss },
        ...(exchangedBytesPerStep !== undefined && { exchangedBytesPerStep }),
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

/**
 * Settings as the recipe has them: a choice by its name, and beside it what it has of its own.
 * @param device The one that was chosen; the processor is not mentioned.
 */
export function settingsOf(
  train: Omit<TrainingPlan["train"], "nodes" | "steps">,
  device: TrainingDevice,
): Record<string, number | string | boolean> {
  const {
    optimiser: { name: optimiser, ...ofOptimiser },
    schedule: { name: schedule, ...ofSchedule },
    decayGroups,
    device: _,
    ...rest
  } = train;
  const chosen = { schedule, ...ofSchedule, optimiser, ...ofOptimiser, device: device === "cpu" ? undefined : device };
  const written = { ...rest, ...chosen, decayGroups: decayGroups?.join(", ") };
  const known = Object.entries(written).filter(
    (entry): entry is [string, number | string | boolean] => entry[1] !== undefined,
  );
  return Object.fromEntries(known);
}
