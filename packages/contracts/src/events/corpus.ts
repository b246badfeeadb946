import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { defineEvent } from "../event_definition.ts";
import { BaseSummary } from "../formats/base_model.ts";
import { Counts, DropReport } from "../formats/corpus.ts";
import { RefusedConversations } from "../formats/tokens.ts";
import { EXAMPLE_REPORT, EXAMPLE_RUN, EXAMPLE_SHA256, exampleArtifact } from "./examples.ts";
import { Attempt, Count, RunId, TaskFile } from "./fields.ts";

export const corpusCollect = defineEvent({
  type: "millrace.corpus.collect.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["ingestion"],
  outputKey: "the attempt",
  schema: z.strictObject({ runId: RunId, attempt: Attempt, recipe: ArtifactRef }),
  example: { runId: EXAMPLE_RUN, attempt: 1, recipe: exampleArtifact("application/json") },
});

export const corpusCollected = defineEvent({
  type: "millrace.corpus.collected.v1",
  kind: "fact",
  emitters: ["ingestion"],
  consumers: ["automation", "console"],
  outputKey: "the run",
  schema: z.strictObject({
    runId: RunId,
    plan: ArtifactRef,
    sources: Count,
    sizeBytes: Count,
    shards: z.number().int().positive(),
    /** The model that is trained further, where the recipe names one. */
    base: BaseSummary.optional(),
    /** The files of the recipe's tasks, as they were when the sources were listed. Absent: it has none. */
    tasks: z.array(TaskFile).max(20).optional(),
  }),
  example: { runId: EXAMPLE_RUN, plan: exampleArtifact("application/json"), sources: 12, sizeBytes: 90_000, shards: 2 },
});

export const corpusClean = defineEvent({
  type: "millrace.corpus.clean.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["ingestion"],
  outputKey: "the attempt",
  schema: z.strictObject({ runId: RunId, attempt: Attempt, recipe: ArtifactRef, plan: ArtifactRef }),
  example: {
    runId: EXAMPLE_RUN,
    attempt: 1,
    recipe: exampleArtifact("application/json"),
    plan: exampleArtifact("application/json"),
  },
});

export const corpusShardCleaned = defineEvent({
  type: "millrace.corpus.shard.cleaned.v1",
  kind: "fact",
  emitters: ["ingestion"],
  consumers: ["ingestion", "console"],
  outputKey: "the shard, e.g. `shard 3`",
  schema: z.strictObject({
    runId: RunId,
    shard: Count,
    shards: z.number().int().positive(),
    /** Documents that passed, with their deduplication signatures. */
    documents: ArtifactRef,
    dropped: ArtifactRef,
    counts: z.strictObject({ read: Count, passed: Count, quarantined: Count, dropped: Counts, redactions: Counts }),
  }),
  example: {
    runId: EXAMPLE_RUN,
    shard: 0,
    shards: 2,
    documents: exampleArtifact("application/jsonl"),
    dropped: exampleArtifact("application/jsonl"),
    counts: { read: 20, passed: 17, quarantined: 1, dropped: { too_short: 2 }, redactions: { EMAIL_ADDRESS: 1 } },
  },
});

export const corpusCleaned = defineEvent({
  type: "millrace.corpus.cleaned.v1",
  kind: "fact",
  emitters: ["ingestion"],
  consumers: ["automation", "console"],
  outputKey: "the run",
  schema: z.strictObject({ runId: RunId, shards: z.number().int().positive(), read: Count, passed: Count }),
  example: { runId: EXAMPLE_RUN, shards: 2, read: 40, passed: 35 },
});

export const corpusDeduplicate = defineEvent({
  type: "millrace.corpus.deduplicate.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["ingestion"],
  outputKey: "the attempt",
  schema: z.strictObject({ runId: RunId, attempt: Attempt, recipe: ArtifactRef }),
  example: { runId: EXAMPLE_RUN, attempt: 1, recipe: exampleArtifact("application/json") },
});

export const corpusDeduplicated = defineEvent({
  type: "millrace.corpus.deduplicated.v1",
  kind: "fact",
  emitters: ["ingestion"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the run",
  schema: z.strictObject({ runId: RunId, corpus: ArtifactRef, corpusHash: Sha256, report: DropReport }),
  example: {
    runId: EXAMPLE_RUN,
    corpus: exampleArtifact("application/json"),
    corpusHash: EXAMPLE_SHA256,
    report: EXAMPLE_REPORT,
  },
});

export const corpusTokenize = defineEvent({
  type: "millrace.corpus.tokenize.v1",
  kind: "command",
  emitters: ["automation"],
  consumers: ["feature"],
  outputKey: "the attempt",
  schema: z.strictObject({
    runId: RunId,
    attempt: Attempt,
    recipe: ArtifactRef,
    corpus: ArtifactRef,
    /** Whose tokenizer is used; absent: one is trained. */
    base: BaseSummary.optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    attempt: 1,
    recipe: exampleArtifact("application/json"),
    corpus: exampleArtifact("application/json"),
  },
});

export const tokenizerTrained = defineEvent({
  type: "millrace.tokenizer.trained.v1",
  kind: "fact",
  emitters: ["feature"],
  consumers: ["registry", "console"],
  outputKey: "the run",
  schema: z.strictObject({ runId: RunId, tokenizer: ArtifactRef, vocabularySize: Count, corpusHash: Sha256 }),
  example: {
    runId: EXAMPLE_RUN,
    tokenizer: exampleArtifact("application/json"),
    vocabularySize: 2048,
    corpusHash: EXAMPLE_SHA256,
  },
});

export const corpusTokenized = defineEvent({
  type: "millrace.corpus.tokenized.v1",
  kind: "fact",
  emitters: ["feature"],
  consumers: ["automation", "registry", "console"],
  outputKey: "the run",
  schema: z.strictObject({
    runId: RunId,
    /** A TokenManifest. */
    tokenized: ArtifactRef,
    tokenizer: ArtifactRef,
    vocabularySize: Count,
    tokens: z.strictObject({ train: Count, validation: Count }),
    /** Conversations that the chat template refused. Absent where there are none. */
    refused: RefusedConversations.optional(),
  }),
  example: {
    runId: EXAMPLE_RUN,
    tokenized: exampleArtifact("application/json"),
    tokenizer: exampleArtifact("application/json"),
    vocabularySize: 2048,
    tokens: { train: 240_000, validation: 26_000 },
  },
});

export const documentForgotten = defineEvent({
  type: "millrace.corpus.document.forgotten.v1",
  kind: "fact",
  emitters: ["ingestion"],
  consumers: ["registry", "console"],
  outputKey: "the document",
  schema: z.strictObject({
    documentId: Sha256,
    /** Who asked for it; absent in what earlier versions told. */
    by: z.string().optional(),
    /** Runs whose corpus held it. */
    runIds: z.array(RunId),
  }),
  example: { documentId: EXAMPLE_SHA256, runIds: [EXAMPLE_RUN], by: "ada" },
});
