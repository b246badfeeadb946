/**
 * The database port: a Postgres that is reached through Drizzle, real or embedded. An app gets one `Database`, keeps its tables in one
 * schema of its own, and does everything that must hold together inside `transaction`.
 */
import type { SQL } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT, PgTable } from "drizzle-orm/pg-core";

/** Drizzle's query builder without the driver's name in its type: what both adapters have in common. */
export type Queries = PgDatabase<PgQueryResultHKT, Record<string, never>>;

export interface DatabaseCapabilities {
  /**
   * Whether transactions run beside each other. Where false they run one after another, and row locks, advisory locks and
   * SKIP LOCKED are accepted but prove nothing.
   */
  readonly concurrentTransactions: boolean;
}

export interface Database {
  /** For single statements outside a transaction. Inside one use the handle that `transaction` passes. */
  readonly drizzle: Queries;
  readonly capabilities: DatabaseCapabilities;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
   * @param work Uses only the handle it is given.
   * @returns What `work` resolved to.
   * @throws What `work` threw, or the database's error.
   */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /**
   * Makes sure that rows which were deleted before can be read nowhere any more. Embedded, the tables and the write-ahead log are written
   * anew: their files hold nothing of those rows afterwards. A server is asked to vacuum; what its pages, log and archives still hold is its
   * operator's. Not inside a transaction; embedded, nobody else reaches the database meanwhile.
   */
  purge(tables: readonly PgTable[]): Promise<void>;
  /** Waits for open transactions and releases the connections; the database cannot be used afterwards. */
  close(): Promise<void>;
}

/**
 * Runs one raw statement and returns its rows, whose shape the drivers disagree on.
 * @param queries Database or transaction handle.
 * @param statement One SQL statement; values belong in placeholders of the `sql` tag.
 */
export async function rowsOf(queries: Queries, statement: SQL): Promise<Record<string, unknown>[]> {
  const result: unknown = await queries.execute(statement);
  if (Array.isArray(result)) return result;
  if (typeof result === "object" && result !== null && "rows" in result && Array.isArray(result.rows))
    return result.rows;
  throw new TypeError("reading the rows of a statement: found neither an array nor an object with rows");
}
