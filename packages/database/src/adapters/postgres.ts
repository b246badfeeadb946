/** PostgreSQL 15 or later over sockets; runs on Node, Deno and, bundled with the `workerd` condition, in an edge isolate. */
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Database, Queries } from "../database.ts";

export interface PostgresOptions {
  /** Connections held at most. Default 10; an edge isolate opens a database per request and wants 1. */
  readonly maxConnections?: number;
}

/**
 * Opens a pool of connections, lazily: the first statement connects.
 * @param url `postgres://user:password@host:port/database`.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): Database {
  const client = postgres(url, {
    max: options.maxConnections ?? 10,
    // Notices such as "schema already exists, skipping" are the expected course of idempotent statements.
    onnotice: () => {},
    connection: { application_name: "millrace" },
  });
  const queries = drizzle({ client }) as unknown as Queries;
  return {
    drizzle: queries,
    capabilities: { concurrentTransactions: true },
    transaction: (work) => queries.transaction((handle) => work(handle)),
    close: () => client.end({ timeout: 5 }),
  };
}
