import { RunReport } from "@millrace/contracts";
import { type HttpContext, HttpError } from "@millrace/service";
import type { RunRow } from "./tables.ts";

/**
 * Refuses to go on with a corpus that a document was taken out of since: what was made of it already, tokens and weights, still holds the
 * document.
 * @throws {HttpError} 409 if so.
 */
export async function requireUnforgotten(context: HttpContext, { id, facts }: RunRow): Promise<void> {
  if (!facts.deduplicated) return;
  const { ports, identity } = context.var;
  const headers = { "millrace-project": identity.project };
  const path = `/api/ingestion/runs/${encodeURIComponent(id)}/report`;
  const response = await ports.peers.fetch("ingestion", new Request(new URL(path, "http://ingestion"), { headers }));
  if (!response.ok)
    throw new Error(`asking ingestion for the report of run ${id}: found status ${response.status}, wanted 200`);
  const { report } = RunReport.parse(await response.json());
  const forgotten = (report.dropped["forgotten"] ?? 0) - (facts.deduplicated.report.dropped["forgotten"] ?? 0);
  if (forgotten <= 0) return;
  const found = `found ${forgotten} of its documents forgotten since it had its corpus`;
  throw new HttpError(409, "conflict", `resuming ${id}: ${found}; start a new run: millrace run --again ${id}`);
}
