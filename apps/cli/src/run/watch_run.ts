import { isFinal, RunReport, RunView } from "@millrace/contracts";
import type { Client } from "../client.ts";
import { askQuarantined, type QuarantinedOfRun } from "./quarantined.ts";
import type { Reporter } from "./reporter.ts";

const POLL_MS = 300;
const NONE: QuarantinedOfRun = { total: 0, documents: [] };

/**
 * Follows a run to its end.
 * @param signal Stops watching, not the run.
 * @returns The run as it ended; undefined when watching was stopped.
 */
export async function watchRun(
  client: Client,
  runId: string,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<RunView | undefined> {
  const seen = new Map<string, string>();
  let isTold = false;
  while (!signal.aborted) {
    const run = await findRun(client, runId);
    for (const stage of run?.stages ?? []) {
      if (seen.get(stage.stage) === stage.state && stage.state !== "running") continue;
      if (stage.state === "waiting" || stage.state === "skipped") continue;
      reporter.stage(stage, seen.get(stage.stage) !== stage.state);
      seen.set(stage.stage, stage.state);
    }
    const isOver = run !== undefined && isFinal(run.state);
    const isKnown = seen.get("deduplicating") === "done" || (isOver && seen.get("cleaning") === "done");
    if (!isTold && isKnown) isTold = await tellReport(client, runId, reporter);
    if (isOver) return run;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
  return undefined;
}

/** Of a run that ended before its corpus was finished, what it would have kept is known only where that is nothing. */
async function tellReport(client: Client, runId: string, reporter: Reporter): Promise<boolean> {
  const { report, final } = await client.get(`/api/ingestion/runs/${runId}/report`, RunReport);
  if (!final && report.kept > 0) return false;
  const quarantined = report.quarantined === 0 ? NONE : await askQuarantined(client, runId);
  reporter.corpus(report, runId, quarantined);
  return true;
}

/** A run that was just asked for has no row until its first event is handled. */
async function findRun(client: Client, runId: string): Promise<RunView | undefined> {
  try {
    return await client.get(`/api/automation/runs/${runId}`, RunView);
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return undefined;
    throw error;
  }
}
