import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { defineEvent } from "../event_definition.ts";
import { BaseSummary, TrainedAdapter } from "../formats/base_model.ts";
import { NodeActivity, NodeChange, Pipeline, TrainingPoint } from "../formats/metrics.ts";
import { Evaluation, ModelConfig, RuntimeFingerprint } from "../formats/model.ts";
import { RankedTrial, SearchedValues } from "../recipe_search.ts";
import { EXAMPLE_RUN, EXAMPLE_SHA256, exampleArtifact } from "./examples.ts";
import { Attempt, Count, RunId, TaskFile } from "./fields.ts";

const EXAMPLE_CONFIG = {
  architecture: "gpt2",
  vocabularySize: 2048,
  contextLength: 128,
  layers: 4,
  heads: 4,
  width: 128,
} as const;
const EXAMPLE_FINGERPRINT = { runtime: "onnxruntime 1.30.0", kernelClass: "avx512", probe: EXAMPLE_SHA256 };

export const trainingStart = defineEvent({
  type: "millrace.training.start.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["trainer"],
  outputKey: "the attempt",
  schema: z.strictObject({
    runId: RunId,
    attempt: Attempt,
    recipe: ArtifactRef,
    tokenized: ArtifactRef,
    /** Whose weights training begins with; absent: with random ones. */
    base: BaseSummary.optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    attempt: 1,
    recipe: exampleArtifact("application/json"),
    tokenized: exampleArtifact("application/json"),
  },
});

export const trainingStarted = defineEvent({
  type: "millrace.training.started.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["registry", "console"],
  outputKey: "the run and the attempt",
  schema: z.strictObject({
    runId: RunId,
    config: ModelConfig,
    parameters: Count,
    steps: Count,
    nodes: z.number().int().positive(),
    /** The derived training settings, for the record. */
    settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    fingerprint: RuntimeFingerprint,
    tokenized: ArtifactRef,
    /** The checkpoint of another run that it goes on from. Absent: none. */
    from: z.strictObject({ run: RunId, step: Count, checkpoint: ArtifactRef, state: ArtifactRef }).optional(),
    /** Which trial of which run's search it is. Absent: none. */
    trial: z.strictObject({ run: RunId, number: Count, values: SearchedValues }).optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    config: EXAMPLE_CONFIG,
    parameters: 1_071_104,
    steps: 900,
    nodes: 2,
    settings: { learningRate: 0.003, leaves: 8 },
    fingerprint: EXAMPLE_FINGERPRINT,
    tokenized: exampleArtifact("application/json"),
  },
});

export const trainingProgressed = defineEvent({
  type: "millrace.training.progressed.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["registry", "console"],
  outputKey: "the last step it tells of",
  schema: z.strictObject({
    runId: RunId,
    steps: Count,
    points: z.array(TrainingPoint).max(500),
    nodes: z.array(NodeActivity).max(256),
    changes: z.array(NodeChange).max(256),
  }),
  example: {
    runId: EXAMPLE_RUN,
    steps: 900,
    points: [
      {
        step: 10,
        loss: 5.1,
        gradientNorm: 1.2,
        learningRate: 0.0007,
        tokensPerSecond: 9000,
        productShare: 0.45,
        elapsedSeconds: 2.5,
      },
    ],
    nodes: [
      {
        node: "node-1",
        generation: 1,
        step: 10,
        steps: 4,
        computeMs: 200,
        exchangeMs: 12,
        idleMs: 3,
        sentBytes: 8_600_000,
      },
    ],
    changes: [],
  },
});

export const trainingCheckpointed = defineEvent({
  type: "millrace.training.checkpointed.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["registry", "console"],
  outputKey: "the step",
  schema: z.strictObject({
    runId: RunId,
    step: Count,
    checkpoint: ArtifactRef,
    state: ArtifactRef,
    /** Steps of the run whose checkpoints stay, this one among them; older ones that are not named are dropped. Absent: all stay. */
    kept: z.array(Count).min(1).max(100).optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    step: 90,
    kept: [60, 80, 90],
    checkpoint: exampleArtifact("application/safetensors"),
    state: exampleArtifact("application/safetensors"),
  },
});

export const trainingCompleted = defineEvent({
  type: "millrace.training.completed.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the run",
  schema: z.strictObject({
    runId: RunId,
    checkpoint: ArtifactRef,
    config: ModelConfig,
    parameters: Count,
    steps: Count,
    nodes: z.number().int().positive(),
    loss: z.strictObject({ train: z.number(), validation: z.number() }),
    /** Bytes that the nodes together sent each other in a step: the mean since the training was last gone on with. Absent in events of before it was counted. */
    exchangedBytesPerStep: z.number().nonnegative().optional(),
    /** Where the model was cut into stages: how they waited for each other, since the training was last gone on with. */
    pipeline: Pipeline.optional(),
    fingerprint: RuntimeFingerprint,
    /** Bit-exact for any number of nodes. */
    exact: z.boolean(),
    /** Stopped by a time limit. */
    partial: z.boolean(),
    /** What was trained, where it was not the whole model. */
    adapter: TrainedAdapter.optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    checkpoint: exampleArtifact("application/safetensors"),
    config: EXAMPLE_CONFIG,
    parameters: 1_071_104,
    steps: 900,
    nodes: 2,
    loss: { train: 3.1, validation: 3.3 },
    exchangedBytesPerStep: 17_200_000,
    fingerprint: EXAMPLE_FINGERPRINT,
    exact: true,
    partial: false,
  },
});

export const trainingSearch = defineEvent({
  type: "millrace.training.search.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["trainer"],
  outputKey: "the attempt",
  schema: trainingStart.schema,
  example: trainingStart.example,
});

export const trialCompleted = defineEvent({
  type: "millrace.training.trial.completed.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["registry", "console"],
  outputKey: "the trial, e.g. `trial 3`",
  schema: z.strictObject({
    /** The run that searches. */
    runId: RunId,
    number: Count,
    /** The trial's own training run. */
    trialId: RunId,
    values: SearchedValues,
    state: z.enum(["completed", "stopped", "failed"]),
    /** Validation loss in nats a token; null unless it completed. */
    objective: z.number().nullable(),
    /** Steps of its last validation. */
    step: Count,
    /** Why it was stopped or has failed; null where it completed. */
    detail: z.string().max(500).nullable(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    number: 3,
    trialId: `${EXAMPLE_RUN}.t3`,
    values: { "train.learningRate": 0.004 },
    state: "completed",
    objective: 3.1,
    step: 900,
    detail: null,
  },
});

export const trainingSearched = defineEvent({
  type: "millrace.training.searched.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["automation", "console"],
  outputKey: "the run",
  schema: z.strictObject({
    runId: RunId,
    /** The recipe with the best trial's values in place of the search. */
    recipe: ArtifactRef,
    best: z.strictObject({ number: Count, trialId: RunId, values: SearchedValues, objective: z.number() }),
    trials: z.strictObject({ completed: Count, stopped: Count, failed: Count }),
    /** The best hundred of them, from best to worst. Absent in events of before there was one. */
    table: z.array(RankedTrial).max(100).optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    recipe: exampleArtifact("application/json"),
    best: { number: 3, trialId: `${EXAMPLE_RUN}.t3`, values: { "train.learningRate": 0.004 }, objective: 3.1 },
    trials: { completed: 5, stopped: 10, failed: 1 },
  },
});

export const modelEvaluate = defineEvent({
  type: "millrace.model.evaluate.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["trainer"],
  outputKey: "the attempt",
  schema: z.strictObject({
    runId: RunId,
    attempt: Attempt,
    checkpoint: ArtifactRef,
    config: ModelConfig,
    tokenized: ArtifactRef,
    corpus: ArtifactRef,
    /** Absent: there is none. */
    tasks: z.array(TaskFile).max(20).optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    attempt: 1,
    checkpoint: exampleArtifact("application/safetensors"),
    config: EXAMPLE_CONFIG,
    tokenized: exampleArtifact("application/json"),
    corpus: exampleArtifact("application/json"),
  },
});

export const modelEvaluated = defineEvent({
  type: "millrace.model.evaluated.v1",
  kind: "fact",
  emitters: ["trainer"],
  consumers: ["automation", "console"],
  outputKey: "the run",
  schema: z.strictObject({ runId: RunId, checkpoint: ArtifactRef, evaluation: Evaluation }),
  example: {
    runId: EXAMPLE_RUN,
    checkpoint: exampleArtifact("application/safetensors"),
    evaluation: {
      bitsPerByte: { model: 2.2, gzip: 3.1, xzPrimed: 2.3, ngram: 2.1 },
      verdict: "better than gzip, not better than counting",
      documents: 30,
      bytes: 110_000,
    },
  },
});
