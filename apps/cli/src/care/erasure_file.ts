/** Tombstones as JSON lines: what is kept apart from backups, so that restoring one does not bring a forgotten document back. */
import { readFile } from "node:fs/promises";
import { Erasure } from "@millrace/contracts";
import { UsageError } from "../usage_error.ts";

/**
 * Reads tombstones as `millrace forget --list` prints them.
 * @throws {UsageError} If the file cannot be read, or a line is no tombstone.
 */
export async function readErasures(file: string): Promise<Erasure[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`reading erasures: ${(error as Error).message}`);
  }
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => erasureOf(line, `${file}, line ${number}`));
}

function erasureOf(line: string, where: string): Erasure {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`${where}: expected JSON of an erasure, found something else`);
  }
  const parsed = Erasure.safeParse(value);
  if (!parsed.success) throw new UsageError(`${where}: expected an erasure as millrace forget --list prints it`);
  return parsed.data;
}
