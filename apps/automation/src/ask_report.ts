import { type DropReport, RunReport } from "@millrace/contracts";
import { type Peers, UnreachableError } from "@millrace/service";
import { hasStopped } from "./advance.ts";
import type { StoredRun } from "./store.ts";
import type { RunRow } from "./tables.ts";

/**
 * What became of the documents of a run.
 * @returns Undefined where nothing was read yet.
 * @throws {UnreachableError} If ingestion does not answer.
 */
export async function askReport(
  peers: Peers,
  { id, project }: Pick<RunRow, "id" | "project">,
): Promise<RunReport | undefined> {
  const headers = { "millrace-project": project };
  const path = `/api/ingestion/runs/${encodeURIComponent(id)}/report`;
  const response = await peers.fetch("ingestion", new Request(new URL(path, "http://ingestion"), { headers }));
  if (response.status === 404) return undefined;
  if (response.ok) return RunReport.parse(await response.json());
  const what = `asking ingestion for the report of run ${id}: found status ${response.status}, wanted 200`;
  throw response.status >= 500 ? new UnreachableError(what) : new Error(what);
}

/**
 * What became of the documents of a run that ended before it had a corpus: where it was cleaned, and what it would have kept is known
 * or is nothing. Undefined too where ingestion does not answer: that may be what the run failed of, and all else of it is to be told.
 */
export async function reportWithoutCorpus(peers: Peers, { run, stages }: StoredRun): Promise<DropReport | undefined> {
  const isCleaned = stages.some(({ stage, state }) => stage === "cleaning" && state === "done");
  if (!hasStopped(run) || run.facts.deduplicated || !isCleaned) return undefined;
  const found = await askReport(peers, run).catch(unlessUnreachable);
  return found !== undefined && (found.final || found.report.kept === 0) ? found.report : undefined;
}

function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof UnreachableError)) throw error;
}
