/** What lay among the sources and was not read for what it is: said, so that nobody looks for it in the corpus. */
import { z } from "zod";

const count = z.number().int().nonnegative();

export const SkippedFiles = z.strictObject({
  /** Files of types that are not read, by the ending of their names; `none` have no ending, `other` counts the rarest endings. */
  types: z.record(z.string(), count),
  /** To files and to folders; none is followed. */
  links: count,
  /** Sockets, pipes and devices. */
  special: count,
});
export type SkippedFiles = z.infer<typeof SkippedFiles>;

/** Something that was skipped. */
export interface Skipped {
  readonly path: string;
  readonly kind: "file" | "link" | "special";
}

const MOST_TYPES = 20;
const ENDING = /\.[A-Za-z0-9_-]{1,16}$/;

/** Counts what was skipped, most frequent endings first. @returns Undefined if nothing was. */
export function countSkipped(skipped: Iterable<Skipped>): SkippedFiles | undefined {
  const byType = new Map<string, number>();
  const counts = { links: 0, special: 0 };
  for (const { path, kind } of skipped) {
    if (kind !== "file") counts[kind === "link" ? "links" : "special"] += 1;
    else byType.set(endingOf(path), (byType.get(endingOf(path)) ?? 0) + 1);
  }
  if (byType.size === 0 && counts.links === 0 && counts.special === 0) return undefined;
  const other = byType.get("other") ?? 0;
  byType.delete("other");
  const sorted = [...byType].sort(byFrequency);
  const rest = sorted.slice(MOST_TYPES).reduce((sum, [, files]) => sum + files, other);
  const types = [...sorted.slice(0, MOST_TYPES), ...(rest > 0 ? [["other", rest] as const] : [])];
  return { types: Object.fromEntries(types), ...counts };
}

function byFrequency([left, more]: readonly [string, number], [right, most]: readonly [string, number]): number {
  return most - more || (left < right ? -1 : 1);
}

/** Names are from outside: what is no plain ending counts among the others. */
function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!name.includes(".")) return "none";
  return ENDING.exec(name)?.[0].toLowerCase() ?? "other";
}

/** In words: `5 files of types that are not read (3 .pdf, 2 without an ending), 3 links`. */
export function skippedWords({ types, links, special }: SkippedFiles): string {
  const files = Object.values(types).reduce((sum, number) => sum + number, 0);
  const { other = 0, ...endings } = types;
  // Sorted again: a database keeps keys in an order of its own.
  const named = Object.entries(endings)
    .sort(byFrequency)
    .map(([type, number]) => `${number} ${type === "none" ? "without an ending" : type}`);
  if (other > 0) named.push(`${other} of others`);
  return [
    ...(files === 0 ? [] : [`${counted(files, "file")} of types that are not read (${named.join(", ")})`]),
    ...(links === 0 ? [] : [counted(links, "link")]),
    ...(special === 0 ? [] : [`${special} ${special === 1 ? "socket, pipe or device" : "sockets, pipes or devices"}`]),
  ].join(", ");
}

function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
