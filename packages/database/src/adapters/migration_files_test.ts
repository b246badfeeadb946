import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMigrations } from "./migration_files.ts";

async function withJournal(tags: unknown[], run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-migrations-"));
  await mkdir(join(folder, "demo", "meta"), { recursive: true });
  await writeFile(
    join(folder, "demo", "meta", "_journal.json"),
    JSON.stringify({ entries: tags.map((tag) => ({ tag })) }),
  );
  await writeFile(join(folder, "demo", "0000_b.sql"), "select 1");
  await writeFile(join(folder, "demo", "0001_a.sql"), "select 2");
  await run(folder);
  await rm(folder, { recursive: true });
}

test("readMigrations() gives the files in the order of the journal", () =>
  withJournal(["0000_b", "0001_a"], async (folder) => {
    expect(await readMigrations("demo", folder)).toEqual([
      { name: "0000_b", sql: "select 1" },
      { name: "0001_a", sql: "select 2" },
    ]);
  }));

test("readMigrations() refuses when the journal names a file outside of its folder", () =>
  withJournal(["../../secret"], async (folder) => {
    await expect(readMigrations("demo", folder)).rejects.toThrow(/wanted a file name as "tag", found "..\/..\/secret"/);
  }));
