import type { DeploymentList, Gate, Sample } from "@millrace/contracts";
import { bigint, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("deployer");

export type DeploymentState = DeploymentList["deployments"][number]["state"];

/** One row for each run that deploys: a resumed run begins its row anew under the next attempt. */
export const deployments = schema.table(
  "deployment",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    attempt: integer("attempt").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    state: text("state").$type<DeploymentState>().notNull(),
    percent: integer("percent").notNull(),
    error: text("error"),
    prompts: jsonb("prompts").$type<string[]>().notNull(),
    samples: jsonb("samples").$type<Sample[]>().notNull(),
    gates: jsonb("gates").$type<Gate[]>().notNull().default([]),
    startedAt: bigint("started_at", { mode: "number" }).notNull(),
    updatedAt: bigint("updated_at", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);
