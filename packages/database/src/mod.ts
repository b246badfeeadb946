/**
 * The database port and its migration runner. Adapters have doors of their own: `@millrace/database/pglite` (embedded),
 * `@millrace/database/postgres`, `@millrace/database/migration_files` (reads `migrations/<app>` on Node and Deno).
 *
 * ```ts
 * import { migrate } from "@millrace/database";
 * import { openPglite } from "@millrace/database/pglite";
 * import { sql } from "drizzle-orm";
 *
 * const database = await openPglite();
 * await migrate(database, "demo", [{ name: "0000_init", sql: "create table note (text text)" }]);
 * await database.transaction((queries) => queries.execute(sql`insert into note values (${"kept"})`));
 * await database.close();
 * ```
 */
export { type Database, type DatabaseCapabilities, type Queries, rowsOf } from "./database.ts";
export { migrate, type Migration, MigrationError } from "./migrations.ts";
