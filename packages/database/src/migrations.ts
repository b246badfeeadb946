/**
 * Forward-only migrations. What was applied is remembered by name and hash in `millrace.migrations`, so an edited migration and a
 * database that a newer version has migrated are both refused instead of being half understood.
 */
import { sql } from "drizzle-orm";
import { type Database, type Queries, rowsOf } from "./database.ts";

/** One file made by drizzle-kit. */
export interface Migration {
  /** File name without `.sql`; never changes once applied. */
  readonly name: string;
  /** Statements, separated by drizzle-kit's `--> statement-breakpoint`. */
  readonly sql: string;
}

/** A database whose applied migrations do not fit the ones this version brings. Not retryable. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly app: string;
  readonly migration: string;

  constructor(app: string, migration: string, message: string, options?: ErrorOptions) {
    super(`migrating "${app}": ${message}`, options);
    this.app = app;
    this.migration = migration;
  }
}

// Any constant does: it only has to be the same in every process that migrates this database.
const MIGRATION_LOCK = 4_775_341;

/**
 * Applies what is missing, in order, in one transaction: all or nothing. Two processes that migrate at once wait for each other.
 * @param app Owner of the migrations, e.g. `registry`.
 * @param migrations All migrations of the owner, oldest first.
 * @returns Names of the migrations applied by this call.
 * @throws {MigrationError} If an applied migration was changed, is unknown here (a newer version made it), or a statement fails.
 */
export async function migrate(database: Database, app: string, migrations: readonly Migration[]): Promise<string[]> {
  const hashed = await Promise.all(migrations.map(async (one) => ({ ...one, hash: await sha256(one.sql) })));
  return database.transaction(async (queries) => {
    await queries.execute(sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await createLedger(queries);
    const applied = await rowsOf(
      queries,
      sql`select name, hash from millrace.migrations where app = ${app} order by position`,
    );
    applied.forEach((row, position) => checkApplied(app, row, hashed[position]));
    const missing = hashed.slice(applied.length);
    for (const [index, migration] of missing.entries()) {
      await apply(queries, app, migration);
      await queries.execute(
        sql`insert into millrace.migrations (app, position, name, hash)
            values (${app}, ${applied.length + index}, ${migration.name}, ${migration.hash})`,
      );
    }
    return missing.map((migration) => migration.name);
  });
}

function checkApplied(
  app: string,
  row: Record<string, unknown>,
  wanted: (Migration & { hash: string }) | undefined,
): void {
  const name = String(row["name"]);
  if (wanted === undefined || wanted.name !== name) {
    const found = wanted === undefined ? "no migration" : `"${wanted.name}"`;
    throw new MigrationError(
      app,
      name,
      `the database holds migration "${name}" where this version has ${found}; it was made by a newer or another version, ` +
        "wanted one that this version knows",
    );
  }
  if (row["hash"] !== wanted.hash) {
    throw new MigrationError(app, name, `migration "${name}" was changed after it was applied; wanted a new migration`);
  }
}

async function apply(queries: Queries, app: string, migration: Migration): Promise<void> {
  for (const statement of migration.sql.split("--> statement-breakpoint")) {
    if (statement.trim() === "") continue;
    try {
      await queries.execute(sql.raw(statement));
    } catch (cause) {
      throw new MigrationError(app, migration.name, `migration "${migration.name}" failed: ${reason(cause)}`, {
        cause,
      });
    }
  }
}

async function createLedger(queries: Queries): Promise<void> {
  await queries.execute(sql`create schema if not exists millrace`);
  await queries.execute(sql`create table if not exists millrace.migrations (
    app text not null,
    position integer not null,
    name text not null,
    hash text not null,
    applied_at timestamptz not null default now(),
    primary key (app, position)
  )`);
}

// Drizzle wraps the server's error, whose message is the one that helps.
function reason(error: unknown): string {
  const innermost = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return innermost instanceof Error ? innermost.message : String(innermost);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
