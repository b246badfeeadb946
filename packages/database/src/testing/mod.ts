/**
 * For tests: the contract suite of a database adapter, new databases that open quickly and a real PostgreSQL server.
 *
 * ```ts
 * import { postgresUnavailable, startPostgres } from "@millrace/database/testing";
 *
 * if (postgresUnavailable() === undefined) {
 *   const server = await startPostgres();
 *   console.log(server.url);
 *   await server.stop();
 * }
 * ```
 */
export { databaseContract } from "./contract.ts";
export { emptyDatabase } from "./empty_database.ts";
export { freshDatabase, freshDatabaseFolder } from "./fresh_database.ts";
export { type PostgresServer, postgresUnavailable, startPostgres } from "./postgres_server.ts";
