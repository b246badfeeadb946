import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { defineEvent } from "../event_definition.ts";
import { BaseSummary, TrainedAdapter } from "../formats/base_model.ts";
import { Evaluation, Gate, ModelConfig, ServingWeights } from "../formats/model.ts";
import { CanarySettings } from "../formats/rollout.ts";
import { ModelName } from "../recipe.ts";
import { LeastScores } from "../recipe_evaluation.ts";
import { Sample } from "../summary.ts";
import { EXAMPLE_RUN, EXAMPLE_SHA256, exampleArtifact } from "./examples.ts";
import { Attempt, RunId } from "./fields.ts";

const Version = z.number().int().positive();
const named = { runId: RunId, model: ModelName, version: Version };
const EXAMPLE_NAMED = { runId: EXAMPLE_RUN, model: "docs", version: 1 };
const EXAMPLE_CONFIG = {
  architecture: "gpt2",
  vocabularySize: 2048,
  contextLength: 128,
  layers: 4,
  heads: 4,
  width: 128,
} as const;

export const modelRegister = defineEvent({
  type: "millrace.model.register.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["registry"],
  outputKey: "the attempt",
  schema: z.strictObject({
    runId: RunId,
    attempt: Attempt,
    model: ModelName,
    recipe: ArtifactRef,
    checkpoint: ArtifactRef,
    config: ModelConfig,
    tokenizer: ArtifactRef,
    corpus: ArtifactRef,
    corpusHash: Sha256,
    tokenized: ArtifactRef,
    /** The model that it was trained further from, if it was. */
    base: BaseSummary.optional(),
    adapter: TrainedAdapter.optional(),
    evaluation: Evaluation,
    exact: z.boolean(),
    partial: z.boolean(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    attempt: 1,
    model: "docs",
    recipe: exampleArtifact("application/json"),
    checkpoint: exampleArtifact("application/safetensors"),
    config: EXAMPLE_CONFIG,
    tokenizer: exampleArtifact("application/json"),
    corpus: exampleArtifact("application/json"),
    corpusHash: EXAMPLE_SHA256,
    tokenized: exampleArtifact("application/json"),
    evaluation: {
      bitsPerByte: { model: 2.2, gzip: 3.1, xzPrimed: 2.3, ngram: 2.1 },
      verdict: "better than gzip, not better than counting",
      documents: 30,
      bytes: 110_000,
    },
    exact: true,
    partial: false,
  },
});

export const modelRegistered = defineEvent({
  type: "millrace.model.registered.v1",
  kind: "fact",
  emitters: ["registry"],
  consumers: ["automation", "console"],
  outputKey: "the run",
  schema: z.strictObject(named),
  example: EXAMPLE_NAMED,
});

export const modelDeploy = defineEvent({
  type: "millrace.model.deploy.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["deployer"],
  outputKey: "the attempt",
  schema: z.strictObject({
    ...named,
    attempt: Attempt,
    checkpoint: ArtifactRef,
    config: ModelConfig,
    tokenizer: ArtifactRef,
    tokenized: ArtifactRef,
    base: BaseSummary.optional(),
    adapter: TrainedAdapter.optional(),
    slots: z.number().int().positive(),
    /** Absent in commands of before there was a choice: float32. */
    weights: ServingWeights.optional(),
    maxBitsPerByte: z.number().positive().optional(),
    /** Least scores by task, and `next_token_accuracy`. Absent: any will do. */
    leastScores: LeastScores.optional(),
    /** What the card tells, and the least scores are held against. Absent in commands of before it was told. */
    evaluation: Evaluation.optional(),
    /** How the version is tried if another one is live. Absent in commands of before there were canaries. */
    canary: CanarySettings.optional(),
    /** What the smoke request asks; the answers become the run's samples. */
    prompts: z.array(z.string()).length(3),
  }),
  example: {
    ...EXAMPLE_NAMED,
    attempt: 1,
    checkpoint: exampleArtifact("application/safetensors"),
    config: EXAMPLE_CONFIG,
    tokenizer: exampleArtifact("application/json"),
    tokenized: exampleArtifact("application/json"),
    slots: 4,
    prompts: ["The ", "To install", "This function"],
  },
});

export const modelPackaged = defineEvent({
  type: "millrace.model.packaged.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the version",
  schema: z.strictObject({
    ...named,
    /** A ServingPackage. */
    package: ArtifactRef,
    /** A ModelFolder in Hugging Face's layout. */
    folder: ArtifactRef,
    onnx: ArtifactRef,
  }),
  example: {
    ...EXAMPLE_NAMED,
    package: exampleArtifact("application/json"),
    folder: exampleArtifact("application/json"),
    onnx: exampleArtifact("application/onnx"),
  },
});

/** What stands between a packaged version and its replicas was measured. */
export const modelGated = defineEvent({
  type: "millrace.model.gated.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, attempt: Attempt, passed: z.boolean(), gates: z.array(Gate).max(20) }),
  example: {
    ...EXAMPLE_NAMED,
    attempt: 1,
    passed: true,
    gates: [
      {
        name: "bits_per_byte",
        state: "passed",
        value: 2.31,
        limit: 2.4,
        unit: "bits/byte",
        detail: "docs@2 on 41 validation documents; docs@1 needs 2.35",
      },
    ],
  },
});

export const servingLoad = defineEvent({
  type: "millrace.serving.load.v1",
  kind: "command",
  emitters: ["deployer"],
  consumers: ["inference"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, attempt: Attempt, package: ArtifactRef }),
  example: { ...EXAMPLE_NAMED, attempt: 1, package: exampleArtifact("application/json") },
});

/** The version answers as `<model>@<version>`; no traffic is routed to it yet. */
export const servingLoaded = defineEvent({
  type: "millrace.serving.loaded.v1",
  kind: "fact",
  emitters: ["inference"],
  consumers: ["deployer", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, attempt: Attempt, replicas: z.number().int().positive() }),
  example: { ...EXAMPLE_NAMED, attempt: 1, replicas: 1 },
});

export const servingRoute = defineEvent({
  type: "millrace.serving.route.v1",
  kind: "command",
  emitters: ["deployer"],
  consumers: ["inference"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, attempt: Attempt, percent: z.number().int().min(0).max(100) }),
  example: { ...EXAMPLE_NAMED, attempt: 1, percent: 100 },
});

export const servingRouted = defineEvent({
  type: "millrace.serving.routed.v1",
  kind: "fact",
  emitters: ["inference"],
  consumers: ["deployer", "monitor", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, attempt: Attempt, percent: z.number().int().min(0).max(100) }),
  example: { ...EXAMPLE_NAMED, attempt: 1, percent: 100 },
});

export const modelDeployed = defineEvent({
  type: "millrace.model.deployed.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, percent: z.number().int().min(0).max(100), samples: z.array(Sample).length(3) }),
  example: {
    ...EXAMPLE_NAMED,
    percent: 100,
    samples: [
      { prompt: "The ", completion: "stream" },
      { prompt: "To install", completion: " it, run" },
      { prompt: "This function", completion: " returns" },
    ],
  },
});
