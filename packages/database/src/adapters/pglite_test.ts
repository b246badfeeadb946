import { sql } from "drizzle-orm";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, rowsOf } from "../database.ts";
import { databaseContract } from "../testing/contract.ts";
import { emptyDatabase } from "../testing/empty_database.ts";
import { freshDatabaseFolder } from "../testing/fresh_database.ts";
import { openPglite } from "./pglite.ts";

// One embedded Postgres takes seconds to start: the tests share it and each begins without schemas.
let shared: Database;
beforeAll(async () => {
  shared = await openPglite();
});
afterAll(() => shared.close());

async function emptied(): Promise<Database> {
  await emptyDatabase(shared);
  return { ...shared, close: () => Promise.resolve() };
}

databaseContract("PGlite", emptied);

test("openPglite() refuses the outer handle when a transaction is open", async () => {
  const database = await emptied();
  const nested = database.transaction(() => database.drizzle.execute(sql`select 1`).then(() => "no error"));
  await expect(nested).rejects.toSatisfy(inner(/inside an open transaction/));
  const twice = database.transaction(() => database.transaction(() => Promise.resolve("no error")));
  await expect(twice).rejects.toThrow(/inside an open transaction/);
  await database.drizzle.execute(sql`select 1`);
});

test("openPglite() reads and writes arrays of plain types", async () => {
  const database = await emptied();
  const given = sql`select ${sql.param(["ein", "z,wei"])}::text[] as words, array[1, 2] as numbers`;
  expect(await rowsOf(database.drizzle, given)).toEqual([{ words: ["ein", "z,wei"], numbers: [1, 2] }]);
});

test("openPglite() finds its rows again when the folder is reopened", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "millrace-pglite-"));
  await freshDatabaseFolder(dataDir);
  const first = await openPglite({ dataDir });
  await first.drizzle.execute(sql`create table kept as select 7 as number`);
  await first.close();
  const second = await openPglite({ dataDir });
  expect(await rowsOf(second.drizzle, sql`select number from kept`)).toEqual([{ number: 7 }]);
  await second.close();
  await rm(dataDir, { recursive: true });
});

function inner(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && pattern.test(String(error.cause ?? error.message));
}
