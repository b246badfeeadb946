import type { ArtifactRef, BaseSummary, LiveTraining, SearchedValues, SearchSection } from "@millrace/contracts";
import type { Report, Trial } from "@millrace/search";
import { bigint, doublePrecision, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";
import type { Resume } from "./training_job.ts";
import type { TrainingFingerprint } from "./training_arithmetic.ts";
import type { TrainingBasis } from "./training_basis.ts";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("trainer");

/** One row for each run that trains or has trained. */
export const trainingRuns = schema.table(
  "training_run",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    /** Advanced by compare-and-set: who fails to advance it coordinates the run no more. */
    generation: integer("generation").notNull().default(0),
    /** What a watcher sees; null before the first step. */
    live: jsonb("live").$type<LiveTraining>(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);

/** Checkpoints of runs: what a run goes on from after a stop of any kind, and its result. */
export const checkpoints = schema.table(
  "checkpoint",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    /** SHA-256 of what is trained: a checkpoint of other data or settings is none of this training. */
    jobHash: text("job_hash").notNull(),
    /** `PlannedJob.basis`; null of checkpoints of before there was one. */
    basis: jsonb("basis").$type<TrainingBasis>(),
    step: integer("step").notNull(),
    resume: jsonb("resume").$type<Resume>().notNull(),
    model: jsonb("model").$type<ArtifactRef>().notNull(),
    state: jsonb("state").$type<ArtifactRef>().notNull(),
    /** Arithmetic of the nodes that made it. */
    fingerprint: jsonb("fingerprint").$type<TrainingFingerprint>().notNull(),
    /** Mean training loss of the last step, nats a token. */
    trainLoss: doublePrecision("train_loss").notNull(),
    /** Training time until here, over all attempts. */
    elapsedMs: bigint("elapsed_ms", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.jobHash, table.step] })],
);

/** One row for each run that searches or has searched. */
export const searches = schema.table(
  "search",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    /** Of the run: its running trials are jobs of this attempt. */
    attempt: integer("attempt").notNull(),
    state: text("state").$type<"running" | "ended">().notNull(),
    section: jsonb("section").$type<SearchSection>().notNull(),
    recipe: jsonb("recipe").$type<ArtifactRef>().notNull(),
    tokenized: jsonb("tokenized").$type<ArtifactRef>().notNull(),
    base: jsonb("base").$type<BaseSummary>(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);

/** Trials of searches. */
export const trials = schema.table(
  "trial",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    number: integer("number").notNull(),
    values: jsonb("values").$type<SearchedValues>().notNull(),
    state: text("state").$type<Trial["state"]>().notNull(),
    objective: doublePrecision("objective"),
    reports: jsonb("reports").$type<Report[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.number] })],
);
