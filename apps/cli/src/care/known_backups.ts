/**
 * A data folder remembers the backups that were made of it. What is forgotten later is written beside each of them, apart from what was
 * backed up, so that restoring it does not bring the document back.
 */
import { access, appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Erasure } from "@millrace/contracts";
import { z } from "zod";

const KnownBackups = z.array(z.strictObject({ file: z.string(), madeAt: z.iso.datetime() }));
type KnownBackup = z.infer<typeof KnownBackups>[number];

const LIST = "backups.json";

/** Where erasures that came after a backup are kept. */
export function erasuresBeside(backup: string): string {
  return `${backup}.erasures.jsonl`;
}

/** @param folder The data folder, which this process owns. */
export async function rememberBackup(folder: string, backup: KnownBackup): Promise<void> {
  const known = (await knownBackups(folder)).filter(({ file }) => file !== backup.file);
  // Never half written: what cannot be read would keep every later erasure from the backups.
  const draft = join(folder, `${LIST}.draft`);
  await writeFile(draft, JSON.stringify([...known, backup]), { mode: 0o600, flush: true });
  await rename(draft, join(folder, LIST));
}

/** Backups that were made of a data folder, oldest first. */
async function knownBackups(folder: string): Promise<KnownBackup[]> {
  const text = await presentOrUndefined(readFile(join(resolve(folder), LIST), "utf8"));
  return text === undefined ? [] : KnownBackups.parse(JSON.parse(text));
}

export interface ToldBackups {
  /** Backups beside which the erasure is written now. */
  readonly told: readonly string[];
  /** Backups that are not where they were made: whoever restores one needs the list of erasures. */
  readonly missing: readonly string[];
}

/** Writes an erasure beside every backup that is where it was made. */
export async function tellBackups(folder: string, erasure: Erasure): Promise<ToldBackups> {
  const [told, missing]: [string[], string[]] = [[], []];
  for (const { file } of await knownBackups(folder)) {
    if ((await presentOrUndefined(access(file).then(() => true))) === undefined) {
      missing.push(file);
      continue;
    }
    await appendFile(erasuresBeside(file), `${JSON.stringify(erasure)}\n`, { mode: 0o600, flush: true });
    told.push(file);
  }
  return { told, missing };
}

async function presentOrUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
