import type {
  ArtifactRef,
  CanaryEvidence,
  CanarySettings,
  DeploymentState,
  DeploymentStep,
  DeploymentView,
  Gate,
  Sample,
  TrafficWindow,
} from "@millrace/contracts";
import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("deployer");

const milliseconds = (name: string) => bigint(name, { mode: "number" });

/**
 * One row for each run that deploys, which is one for each version: a resumed run, and a version that is rolled out again, begin it anew
 * under the next attempt.
 */
export const deployments = schema.table(
  "deployment",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    attempt: integer("attempt").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    state: text("state").$type<DeploymentState>().notNull(),
    /** States of this attempt, in order. */
    steps: jsonb("steps").$type<DeploymentStep[]>().notNull().default([]),
    percent: integer("percent").notNull(),
    error: text("error"),
    prompts: jsonb("prompts").$type<string[]>().notNull(),
    samples: jsonb("samples").$type<Sample[]>().notNull(),
    gates: jsonb("gates").$type<Gate[]>().notNull().default([]),
    /** Absent until it was packaged. */
    package: jsonb("package").$type<ArtifactRef>(),
    tokenized: jsonb("tokenized").$type<ArtifactRef>(),
    canary: jsonb("canary").$type<CanarySettings>(),
    /** Someone has said that it shall go on as soon as it answers. */
    requested: boolean("requested").notNull().default(false),
    /** Who has said so, or has asked for all traffic. */
    requestedBy: text("requested_by"),
    stable: integer("stable"),
    canaryStartedAt: milliseconds("canary_started_at"),
    verdict: text("verdict").$type<NonNullable<DeploymentView["verdict"]>>(),
    evidence: jsonb("evidence").$type<CanaryEvidence>(),
    startedAt: milliseconds("started_at").notNull(),
    updatedAt: milliseconds("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.runId] }),
    index().on(table.project, table.model, table.version),
  ],
);

/** What canaries and the versions beside them answered: one row a version, gateway and window, so that a second delivery adds nothing. */
export const canaryWindows = schema.table(
  "canary_window",
  {
    project: text("project").notNull(),
    /** Run of the canary that the window counts for. */
    runId: text("run_id").notNull(),
    version: integer("version").notNull(),
    gateway: text("gateway").notNull(),
    windowStart: milliseconds("window_start").notNull(),
    real: jsonb("real").$type<TrafficWindow>().notNull(),
    synthetic: jsonb("synthetic").$type<TrafficWindow>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.version, table.gateway, table.windowStart] })],
);
