/** PostgreSQL 15 or later over sockets; runs on Node, Deno and, bundled with the `workerd` condition, in an edge isolate. */
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import type { Database, Queries } from "../database.ts";

export interface PostgresOptions {
  /** Connections held at most. Default 10; an edge isolate opens a database per request and wants 1. */
  readonly maxConnections?: number;
}

const CONNECT_MS = 10_000;

/**
 * Opens a pool of connections, lazily: the first statement connects. Where a connection is lost, what was under way on it is rejected,
 * and the next statement takes another one.
 * @param url `postgres://user:password@host:port/database`.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "millrace",
  });
  // A lost connection is told to the statement that is under way on it, if any. As an event nobody heard it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const queries = drizzle({ client: pool }) as unknown as Queries;
  return {
    drizzle: queries,
    capabilities: { concurrentTransactions: true },
    transaction: (work) => transaction(pool, work),
    async purge(tables) {
      for (const table of tables) await queries.execute(sql`vacuum (analyze) ${table}`);
    },
    close: () => pool.end(),
  };
}

/** Not Drizzle's own: that one keeps the connection for ever where `begin` fails, and hides the error where `rollback` does. */
async function transaction<Result>(pool: Pool, work: (queries: Queries) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let lost: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(drizzle({ client }) as unknown as Queries);
    const { command } = await client.query("commit");
    // The server answers so, without an error, where a statement had failed and the work went on all the same.
    if (command === "ROLLBACK") throw new Error("committing a transaction: one of its statements had failed");
    return result;
  } catch (error) {
    await client.query("rollback").catch((reason: Error) => (lost = reason));
    throw error;
  } finally {
    // One that cannot even roll back is closed, which ends its transaction.
    client.release(lost);
  }
}
