import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Migration } from "../migrations.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../../migrations/", import.meta.url));

/**
 * Reads the migrations that drizzle-kit made for an app, in the order of its journal.
 * @param app Folder below `folder`, e.g. `registry`.
 * @param folder Default: the repository's `migrations/`.
 * @throws {Error} If the journal or a file it names cannot be read or is not one.
 */
export async function readMigrations(app: string, folder: string = MIGRATIONS): Promise<Migration[]> {
  const journalFile = join(folder, app, "meta", "_journal.json");
  const names = journalNames(JSON.parse(await readFile(journalFile, "utf8")), journalFile);
  return Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(folder, app, `${name}.sql`), "utf8") })),
  );
}

function journalNames(journal: unknown, file: string): string[] {
  const entries = (journal as { entries?: unknown } | null)?.entries;
  if (!Array.isArray(entries)) throw new TypeError(`reading "${file}": wanted a journal with "entries", found none`);
  return entries.map((entry: unknown) => {
    const tag = (entry as { tag?: unknown } | null)?.tag;
    if (typeof tag !== "string" || !/^[A-Za-z0-9_-]+$/.test(tag)) {
      throw new TypeError(`reading "${file}": wanted a file name as "tag", found ${JSON.stringify(tag)}`);
    }
    return tag;
  });
}
