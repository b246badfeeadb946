import type { ArtifactRef } from "@millrace/contracts";
import { bigint, integer, jsonb, pgSchema, primaryKey, text } from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("inference");

/** One row for each version that is served: what is here is brought back after a restart. */
export const servedVersions = schema.table(
  "served_version",
  {
    project: text("project").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    package: jsonb("package").$type<ArtifactRef>().notNull(),
    /** Share of the requests that name the model alone. */
    percent: integer("percent").notNull(),
    loadedAt: bigint("loaded_at", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.model, table.version] })],
);
