/**
 * The tables that the runners keep in each service's own schema. They belong to this package, so it brings their migrations too;
 * an app's migrations come first, since they make the schema.
 */
import type { CloudEvent } from "@millrace/contracts";
import { type Database, migrate, type Migration } from "@millrace/database";
import { bigint, integer, jsonb, pgSchema, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";

/** What a job remembers of the event that started it. */
export interface JobCause {
  readonly eventId: string;
  readonly correlationId: string;
  readonly subject: string;
  readonly traceparent?: string;
}

export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

/** Times are milliseconds since 1970 of the injected clock. */
const milliseconds = (name: string) => bigint(name, { mode: "number" });

/**
 * Declares the runner's tables in a service's schema.
 * @param service Service name, which is its schema's name.
 */
export function serviceTables(service: string) {
  const schema = pgSchema(service);
  const inbox = schema.table(
    "inbox",
    {
      consumer: text("consumer").notNull(),
      eventId: uuid("event_id").notNull(),
      requeues: integer("requeues").notNull(),
      /** Events to publish; published again, byte for byte, when the event is delivered again. */
      outputs: jsonb("outputs").$type<CloudEvent[]>().notNull(),
      handledAt: milliseconds("handled_at").notNull(),
      publishedAt: milliseconds("published_at"),
    },
    (table) => [primaryKey({ columns: [table.consumer, table.eventId] })],
  );
  const failures = schema.table(
    "handler_failure",
    {
      consumer: text("consumer").notNull(),
      eventId: uuid("event_id").notNull(),
      requeues: integer("requeues").notNull(),
      attempts: integer("attempts").notNull(),
      error: text("error").notNull(),
      failedAt: milliseconds("failed_at").notNull(),
    },
    (table) => [primaryKey({ columns: [table.consumer, table.eventId] })],
  );
  const jobs = schema.table(
    "job",
    {
      id: uuid("id").primaryKey(),
      kind: text("kind").notNull(),
      key: text("key").notNull(),
      project: text("project").notNull(),
      input: jsonb("input").$type<Record<string, unknown>>().notNull(),
      cause: jsonb("cause").$type<JobCause>().notNull(),
      state: text("state").$type<JobState>().notNull(),
      /** Who runs it, and until when that counts without a renewal. */
      owner: text("owner"),
      leaseExpiresAt: milliseconds("lease_expires_at"),
      generation: integer("generation").notNull(),
      errors: integer("errors").notNull(),
      lastError: text("last_error"),
      /** Not claimed before: the back-off after an error. */
      notBefore: milliseconds("not_before").notNull(),
      progress: jsonb("progress"),
      createdAt: milliseconds("created_at").notNull(),
      updatedAt: milliseconds("updated_at").notNull(),
    },
    (table) => [unique().on(table.project, table.kind, table.key)],
  );
  return { inbox, failures, jobs };
}

export type ServiceTables = ReturnType<typeof serviceTables>;

/**
 * Brings a service's schema up to date: the app's own migrations, then the runner's tables.
 * @param service Service name, which is its schema's name.
 * @param appMigrations As `readMigrations(service)` gives them.
 */
export async function migrateService(
  database: Database,
  service: string,
  appMigrations: readonly Migration[],
): Promise<void> {
  await migrate(database, service, appMigrations);
  await migrate(database, `${service}.service`, runnerMigrations(service));
}

function runnerMigrations(service: string): Migration[] {
  if (!/^[a-z]+$/.test(service)) throw new RangeError(`migrating service "${service}": expected lower-case letters`);
  return [
    {
      name: "0000_runner",
      sql: [
        `create schema if not exists "${service}"`,
        `create table "${service}"."inbox" (
          consumer text not null, event_id uuid not null, requeues integer not null, outputs jsonb not null,
          handled_at bigint not null, published_at bigint, primary key (consumer, event_id))`,
        `create index on "${service}"."inbox" (handled_at) where published_at is null`,
        `create table "${service}"."handler_failure" (
          consumer text not null, event_id uuid not null, requeues integer not null, attempts integer not null,
          error text not null, failed_at bigint not null, primary key (consumer, event_id))`,
        `create table "${service}"."job" (
          id uuid primary key, kind text not null, key text not null, project text not null, input jsonb not null,
          cause jsonb not null, state text not null, owner text, lease_expires_at bigint, generation integer not null,
          errors integer not null, last_error text, not_before bigint not null, progress jsonb,
          created_at bigint not null, updated_at bigint not null, unique (project, kind, key))`,
        `create index on "${service}"."job" (kind, created_at) where state in ('queued', 'running')`,
      ].join("\n--> statement-breakpoint\n"),
    },
  ];
}
