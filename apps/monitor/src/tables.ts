import type { AlertView, TrafficWindow } from "@millrace/contracts";
import { sql } from "drizzle-orm";
import {
  bigint,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("monitor");

/** One row for each window that a gateway has told of. */
export const windows = schema.table(
  "traffic_window",
  {
    project: text("project").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    gateway: text("gateway").notNull(),
    windowStart: bigint("window_start", { mode: "number" }).notNull(),
    windowMs: integer("window_ms").notNull(),
    real: jsonb("real").$type<TrafficWindow>().notNull(),
    synthetic: jsonb("synthetic").$type<TrafficWindow>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.model, table.version, table.windowStart, table.gateway] }),
    index("traffic_window_start").on(table.windowStart),
  ],
);

/** One row for each version whose traffic is watched. */
export const watches = schema.table(
  "watch",
  {
    project: text("project").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    /** Requests that ended before were judged, or are being collected in the state. Milliseconds since 1970. */
    judgedUntil: bigint("judged_until", { mode: "number" }).notNull(),
    /** `WatchState`, read through its schema. */
    state: jsonb("state").$type<unknown>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.model, table.version] })],
);

/** One row for each part of the traffic that a version was given. */
export const marks = schema.table(
  "rollout_mark",
  {
    project: text("project").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    attempt: integer("attempt").notNull(),
    percent: integer("percent").notNull(),
    /** Why it was taken back. */
    reason: text("reason"),
    at: bigint("at", { mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.model, table.version, table.attempt, table.percent] }),
    index("rollout_mark_at").on(table.project, table.model, table.at),
  ],
);

/** Alerts, open and resolved. */
export const alerts = schema.table(
  "alert",
  {
    project: text("project").notNull(),
    id: text("id").notNull(),
    kind: text("kind").$type<AlertView["kind"]>().notNull(),
    severity: text("severity").$type<AlertView["severity"]>().notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    title: text("title").notNull(),
    value: doublePrecision("value").notNull(),
    threshold: doublePrecision("threshold").notNull(),
    windowStart: bigint("window_start", { mode: "number" }).notNull(),
    windowEnd: bigint("window_end", { mode: "number" }).notNull(),
    evidence: jsonb("evidence").$type<Record<string, number>>().notNull(),
    raisedAt: bigint("raised_at", { mode: "number" }).notNull(),
    resolvedAt: bigint("resolved_at", { mode: "number" }),
    acknowledgedAt: bigint("acknowledged_at", { mode: "number" }),
    acknowledgedBy: text("acknowledged_by"),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.id] }),
    uniqueIndex("alert_open")
      .on(table.project, table.model, table.version, table.kind)
      .where(sql`resolved_at is null`),
  ],
);

/** What people think of answers. A comment stands here and nowhere else. */
export const feedback = schema.table(
  "feedback",
  {
    project: text("project").notNull(),
    id: text("id").notNull(),
    completionId: text("completion_id").notNull(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    rating: smallint("rating").$type<-1 | 1>().notNull(),
    comment: text("comment"),
    givenBy: text("given_by").notNull(),
    givenAt: bigint("given_at", { mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.id] }),
    index("feedback_model").on(table.project, table.model, table.givenAt),
  ],
);
