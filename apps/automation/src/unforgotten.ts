import type { Peers } from "@millrace/service";
import { askReport } from "./ask_report.ts";
import type { RunRow } from "./tables.ts";

/**
 * Why a run does not go on: documents were taken out of its corpus since, or are to be. What was made of it already, tokens and weights,
 * still holds them.
 * @returns Undefined where nothing was forgotten, or the run has no corpus yet.
 * @throws {UnreachableError} If ingestion does not answer.
 */
export async function forgottenSince(
  peers: Peers,
  { id, project, facts }: Pick<RunRow, "id" | "project" | "facts">,
): Promise<string | undefined> {
  if (!facts.deduplicated) return undefined;
  const found = await askReport(peers, { id, project });
  if (found === undefined)
    throw new Error(`asking ingestion for the report of run ${id}: found none, and it has a corpus`);
  const { report, erasing = 0 } = found;
  const before = facts.deduplicated.report.dropped["forgotten"] ?? 0;
  const forgotten = (report.dropped["forgotten"] ?? 0) - before + erasing;
  if (forgotten <= 0) return undefined;
  return `found ${forgotten} of its documents forgotten since it had its corpus; start a new run: millrace run --again ${id}`;
}
