import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { pgliteImage, openPglite } from "../adapters/pglite.ts";
import type { Database } from "../database.ts";

const ROOT = new URL("../../../../", import.meta.url);
const PACKAGE = new URL("node_modules/@electric-sql/pglite/package.json", ROOT);

/** A new embedded database in memory. */
export async function freshDatabase(): Promise<Database> {
  return openPglite({ image: await freshImage() });
}

/** The files of a new embedded database, where a process that opens them finds them. */
export async function freshDatabaseFolder(dataDir: string): Promise<void> {
  const database = await openPglite({ dataDir, image: await freshImage() });
  await database.close();
}

/**
 * What is in a new database depends on PGlite's version alone: the first that is asked for is kept in `.cache`, and all begin as its copy,
 * because one made afresh takes 5 s of a core.
 */
async function freshImage(): Promise<Blob> {
  const { version } = JSON.parse(await readFile(PACKAGE, "utf8")) as { version: string };
  const kept = new URL(`.cache/pglite-${version}.tar`, ROOT);
  const bytes = (await readFile(kept).catch(absent)) ?? (await keep(kept));
  return new Blob([bytes]);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function keep(file: URL): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await (await pgliteImage()).arrayBuffer());
  await mkdir(new URL(".", file), { recursive: true });
  // Under a name of its own first: tests of several processes may make it at the same time.
  const whole = new URL(`${randomUUID()}.tar`, file);
  await writeFile(whole, bytes);
  await rename(whole, file);
  return bytes;
}
