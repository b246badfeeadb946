import { sql } from "drizzle-orm";
import { type Database, rowsOf } from "../database.ts";

/** Drops every schema that is not Postgres' own: the next test starts as on a new database. */
export async function emptyDatabase(database: Database): Promise<void> {
  const found = await rowsOf(
    database.drizzle,
    sql`select nspname as name from pg_namespace where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public')`,
  );
  for (const { name } of found)
    await database.drizzle.execute(sql`drop schema ${sql.identifier(String(name))} cascade`);
}
