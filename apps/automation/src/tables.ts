import type {
  ArtifactRef,
  EventData,
  EVENTS,
  Recipe,
  Rule,
  RuleFiring,
  RunState,
  Stage,
  StageView,
} from "@millrace/contracts";
import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";
import type { AwaitedIn, Unanswered } from "./awaited.ts";
import type { Facts } from "./facts.ts";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("automation");
const milliseconds = (name: string) => bigint(name, { mode: "number" });

/** One row a pipeline run. */
export const runs = schema.table(
  "run",
  {
    project: text("project").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    state: text("state").$type<RunState>().notNull(),
    /** 1, and one more for each resume: commands of an attempt that was given up are told by it. */
    attempt: integer("attempt").notNull(),
    recipeRef: jsonb("recipe_ref").$type<ArtifactRef>().notNull(),
    recipe: jsonb("recipe").$type<Recipe>().notNull(),
    facts: jsonb("facts").$type<Facts>().notNull(),
    stoppedIn: text("stopped_in").$type<Stage>(),
    error: text("error"),
    errorCode: text("error_code"),
    createdAt: milliseconds("created_at").notNull(),
    updatedAt: milliseconds("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.id] })],
);

/** One row for each stage that a run has reached. */
export const stages = schema.table(
  "stage",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    stage: text("stage").$type<Stage>().notNull(),
    state: text("state").$type<"running" | "done" | "failed" | "cancelled">().notNull(),
    startedAt: milliseconds("started_at").notNull(),
    endedAt: milliseconds("ended_at"),
    /** Time worked over all attempts, up to `seenAt`. */
    workedMs: milliseconds("worked_ms").notNull().default(0),
    /** When the stage was last seen at work; null in a row of before this was kept. */
    seenAt: milliseconds("seen_at"),
    progress: jsonb("progress").$type<NonNullable<StageView["progress"]>>(),
    /** What somebody has to do before the stage goes on; follows from the two below. */
    awaits: jsonb("awaits").$type<AwaitedIn>(),
    /** Where the deployment of the run's version stood last. */
    rollout: jsonb("rollout").$type<EventData<typeof EVENTS.rolloutMoved>>(),
    /** What has become known of that deployment, and no rule has acted on. */
    unanswered: jsonb("unanswered").$type<Unanswered>(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.stage] })],
);

/** Rules of a project's own, and shipped ones that were switched. */
export const rules = schema.table(
  "rule",
  {
    project: text("project").notNull(),
    id: text("id").notNull(),
    enabled: boolean("enabled").notNull(),
    /** Null for a shipped rule. */
    rule: jsonb("rule").$type<Rule>(),
  },
  (table) => [primaryKey({ columns: [table.project, table.id] })],
);

export const ruleFirings = schema.table(
  "rule_firing",
  {
    project: text("project").notNull(),
    ruleId: text("rule_id").notNull(),
    eventId: text("event_id").notNull(),
    eventType: text("event_type").notNull(),
    action: text("action").$type<RuleFiring["action"]>().notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    outcome: text("outcome").$type<RuleFiring["outcome"]>().notNull(),
    detail: text("detail").notNull(),
    at: milliseconds("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.ruleId, table.eventId] }),
    index().on(table.project, table.ruleId, table.at),
  ],
);

export type RunRow = typeof runs.$inferSelect;
export type StageRow = typeof stages.$inferSelect;
