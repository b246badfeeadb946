import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { defineEvent } from "../event_definition.ts";
import { ModelName } from "../recipe.ts";
import { RunState, Stage } from "../stages.ts";
import { EXAMPLE_RUN, exampleArtifact } from "./examples.ts";
import { Attempt, Count, RunId } from "./fields.ts";

export const pipelineStart = defineEvent({
  type: "millrace.pipeline.start.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["automation"],
  outputKey: "the caller's idempotency key",
  schema: z.strictObject({ runId: RunId, name: ModelName, recipe: ArtifactRef }),
  example: { runId: EXAMPLE_RUN, name: "docs", recipe: exampleArtifact("application/json") },
});

export const pipelineResume = defineEvent({
  type: "millrace.pipeline.resume.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["automation"],
  outputKey: "the caller's idempotency key",
  schema: z.strictObject({
    runId: RunId,
    /** The attempt that was planned. Absent in events of before that was done by whoever asks. */
    attempt: Attempt.optional(),
  }),
  example: { runId: EXAMPLE_RUN, attempt: 2 },
});

export const pipelineCancel = defineEvent({
  type: "millrace.pipeline.cancel.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["automation"],
  outputKey: "the caller's idempotency key",
  schema: z.strictObject({ runId: RunId, reason: z.string().max(500) }),
  example: { runId: EXAMPLE_RUN, reason: "stopped by the operator" },
});

export const pipelineStateChanged = defineEvent({
  type: "millrace.pipeline.state.changed.v1",
  kind: "fact",
  emitters: ["automation"],
  consumers: ["console"],
  outputKey: "the state and the attempt, e.g. `training 1`",
  schema: z.strictObject({
    runId: RunId,
    state: RunState,
    attempt: Attempt,
    error: z.string().optional(),
  }),
  example: { runId: EXAMPLE_RUN, state: "training", attempt: 1 },
});

export const pipelineCancelled = defineEvent({
  type: "millrace.pipeline.cancelled.v1",
  kind: "fact",
  emitters: ["automation"],
  consumers: ["ingestion", "feature", "trainer", "deployer", "console"],
  outputKey: "the run",
  schema: z.strictObject({ runId: RunId, attempt: Attempt, reason: z.string() }),
  example: { runId: EXAMPLE_RUN, attempt: 1, reason: "stopped by the operator" },
});

export const stageProgressed = defineEvent({
  type: "millrace.pipeline.stage.progressed.v1",
  kind: "fact",
  emitters: ["ingestion", "feature", "trainer", "deployer"],
  consumers: ["automation", "console"],
  outputKey: "the stage and how much is done, at most one a second",
  schema: z.strictObject({ runId: RunId, stage: Stage, done: Count, total: Count, unit: z.string().max(40) }),
  example: { runId: EXAMPLE_RUN, stage: "cleaning", done: 12, total: 40, unit: "documents" },
});

export const stageFailed = defineEvent({
  type: "millrace.pipeline.stage.failed.v1",
  kind: "fact",
  emitters: ["ingestion", "feature", "trainer", "registry", "deployer", "inference"],
  consumers: ["automation", "registry", "deployer", "console"],
  outputKey: "the stage and the attempt",
  schema: z.strictObject({
    runId: RunId,
    stage: Stage,
    attempt: Attempt,
    error: z.strictObject({ code: z.string().max(80), message: z.string().max(4000) }),
  }),
  example: {
    runId: EXAMPLE_RUN,
    stage: "tokenizing",
    attempt: 1,
    error: {
      code: "vocabulary_too_large",
      message: "training a tokenizer: 50000 tokens wanted, the text supports 812",
    },
  },
});
