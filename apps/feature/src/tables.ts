import type { ArtifactRef, TokenManifest } from "@millrace/contracts";
import { bigint, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("feature");

/** One row for each run whose corpus was tokenized. */
export const tokenizedRuns = schema.table(
  "tokenized_run",
  {
    project: text("project").notNull(),
    runId: text("run_id").notNull(),
    tokenized: jsonb("tokenized").$type<ArtifactRef>().notNull(),
    manifest: jsonb("manifest").$type<TokenManifest>().notNull(),
    createdAt: bigint("created_at", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);
