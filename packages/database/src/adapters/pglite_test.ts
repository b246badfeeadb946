import { like, sql } from "drizzle-orm";
import { pgTable, text } from "drizzle-orm/pg-core";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
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

test("openPglite() finds its rows again when the folder is reopened, and after purge() nothing of deleted ones is in its files", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "millrace-pglite-"));
  await freshDatabaseFolder(dataDir);
  const files = async (): Promise<string[]> => {
    const found = await readdir(dataDir, { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  };
  const holding = async (): Promise<string[]> => {
    const contents = await Promise.all((await files()).map(async (file) => ({ file, bytes: await readFile(file) })));
    return contents.filter(({ bytes }) => bytes.includes("the heron of the lower lake")).map(({ file }) => file);
  };
  const database = await openPglite({ dataDir });
  const notes = pgTable("notes", { words: text("words").notNull() });
  await database.drizzle.execute(sql`create table notes (words text not null)`);
  await database.drizzle.insert(notes).values([{ words: "the heron of the lower lake" }, { words: "the otter" }]);
  await database.drizzle.delete(notes).where(like(notes.words, "%heron%"));
  // The segment with the row is kept, to be used again.
  await database.drizzle.execute(sql`select pg_switch_wal()`);
  await database.drizzle.execute(sql`checkpoint`);
  expect((await holding()).toSorted()).toEqual([
    expect.stringContaining("/base/"),
    expect.stringContaining("/pg_wal/"),
  ]);
  await database.purge([notes]);
  expect(await holding()).toEqual([]);
  await database.close();
  const again = await openPglite({ dataDir });
  expect(await again.drizzle.select().from(notes)).toEqual([{ words: "the otter" }]);
  await again.close();
  expect(await holding()).toEqual([]);
  await rm(dataDir, { recursive: true });
});

function inner(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && pattern.test(String(error.cause ?? error.message));
}
