/**
 * A data folder remembers the backups that were made of it. What is forgotten later is written beside each of them, apart from what was
 * backed up, so that restoring it does not bring the document back.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { access, appendFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Erasure } from "@millrace/contracts";
import { z } from "zod";
import { exclusively } from "../data_folder/exclusively.ts";

const KnownBackups = z.array(z.strictObject({ file: z.string(), madeAt: z.iso.datetime() }));
export type KnownBackup = z.infer<typeof KnownBackups>[number];

const LIST = "backups.json";

/** Where erasures that came after a backup are kept. */
export function erasuresBeside(backup: string): string {
  return `${backup}.erasures.jsonl`;
}

/** Where a backup is written until it is whole. */
export function draftOf(backup: string): string {
  return `${backup}.partial`;
}

/** Adds a backup to those that a data folder knows. */
export function rememberBackup(folder: string, backup: KnownBackup): void {
  changeList(folder, (known) => [...known.filter(({ file }) => file !== backup.file), backup]);
}

/** Takes one out again, of which nothing came. */
export function forgetBackup(folder: string, file: string): void {
  changeList(folder, (known) => known.filter((one) => one.file !== file));
}

/** Several processes may make backups of one folder. */
function changeList(folder: string, change: (known: readonly KnownBackup[]) => KnownBackup[]): void {
  const list = join(folder, LIST);
  exclusively(join(folder, "backups.lock"), () => {
    const known = existsSync(list) ? KnownBackups.parse(JSON.parse(readFileSync(list, "utf8"))) : [];
    // Never half written: what cannot be read would keep every later erasure from the backups.
    const draft = `${list}.draft`;
    writeFileSync(draft, JSON.stringify(change(known)), { mode: 0o600, flush: true });
    renameSync(draft, list);
  });
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

/** Writes an erasure beside every backup that is where it was made, or being made. */
export async function tellBackups(folder: string, erasure: Erasure): Promise<ToldBackups> {
  const [told, missing]: [string[], string[]] = [[], []];
  for (const { file } of await knownBackups(folder)) {
    const isThere = (path: string): Promise<boolean | undefined> => presentOrUndefined(access(path).then(() => true));
    // One that is being made may hold what was forgotten a moment ago.
    if (!(await isThere(file)) && !(await isThere(draftOf(file)))) {
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
