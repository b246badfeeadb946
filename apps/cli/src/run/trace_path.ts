/** What became of the files below a path: kept with an id, or left out with the reasons. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DocumentList, DroppedList, RunList } from "@millrace/contracts";
import type { Reader } from "../client.ts";
import { plainText } from "../terminal/plain_text.ts";
import { quarantineLine } from "./quarantined.ts";

export interface PathTrace {
  readonly path: string;
  readonly runId: string;
  readonly kept: DocumentList;
  readonly leftOut: DroppedList;
}

/** Most that are told of each kind. */
const MOST = 200;

/**
 * From a path to its documents in a run.
 * @param path A file, a folder, or `.` for all, as the run names them, or as they are found from the working folder; of JSON lines also
 *   `records.jsonl#43`.
 * @param run Default: the newest.
 * @returns Undefined where there is no run, or none of its documents lies at the path in either reading.
 * @throws {RequestError} If the run has not finished its corpus.
 */
export async function tracePath(client: Reader, path: string, run?: string): Promise<PathTrace | undefined> {
  const runId = run ?? (await client.get("/api/automation/runs", RunList)).runs[0]?.id;
  if (runId === undefined) return undefined;
  for (const under of await readingsOf(path)) {
    const found = await traceUnder(client, runId, under);
    if (found.kept.total + found.leftOut.total > 0) return { path, runId, ...found };
  }
  return undefined;
}

/**
 * What a path may mean, the likelier first: as the run names it, or where it leads from the working folder. `./x` is of here before it is
 * the run's, and `.` is all that the run has read.
 */
export async function readingsOf(path: string): Promise<readonly string[]> {
  const named = path.replace(/^\.(?:\/|$)/, "").replace(/\/$/, "");
  const place = await placeOf(path);
  return path.startsWith("./") && named !== "" ? [place, named] : [named, place];
}

/**
 * Where a path leads from the working folder: absolute, links followed, as the sources of a run are listed. Of what is no file, such as a
 * record of one, or one that has gone, the folder's links are followed.
 */
export async function placeOf(path: string): Promise<string> {
  const place = resolve(path);
  return (await realOf(place)) ?? join((await realOf(dirname(place))) ?? dirname(place), basename(place));
}

function realOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

async function traceUnder(client: Reader, runId: string, under: string): Promise<Pick<PathTrace, "kept" | "leftOut">> {
  const of = `/api/ingestion/runs/${encodeURIComponent(runId)}`;
  const query = new URLSearchParams({ under, limit: String(MOST) });
  const kept = await client.get(`${of}/documents?${query}`, DocumentList);
  const leftOut = await client.get(`${of}/dropped?${query}`, DroppedList);
  return { kept, leftOut };
}

/** A path's trace in words: a line for each document. */
export function pathLines({ path, runId, kept, leftOut }: PathTrace): string[] {
  return [
    `${plainText(path)} in ${runId}: ${kept.total} kept, ${leftOut.total} left out`,
    ...kept.documents.map(({ id, source, split }) => `  kept for ${split}  ${plainText(source)}  ${id}`),
    ...more(kept, "kept"),
    ...leftOut.documents.map((document) => `  left out  ${quarantineLine(document)}  ${document.id}`),
    ...more(leftOut, "left out"),
  ];
}

function more({ total, documents }: DocumentList | DroppedList, what: string): string[] {
  const left = total - documents.length;
  return left === 0 ? [] : [`  and ${left} more ${what}; name a folder or a file to see fewer`];
}
