import type { ArtifactRef, Recipe, RunState, Stage, StageView } from "@millrace/contracts";
import { bigint, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";
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
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.stage] })],
);

export type RunRow = typeof runs.$inferSelect;
export type StageRow = typeof stages.$inferSelect;
