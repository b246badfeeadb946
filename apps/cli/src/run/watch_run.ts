import { isFinal, RunReport, RunView } from "@millrace/contracts";
import type { Client } from "../client.ts";
import type { Reporter } from "./reporter.ts";

const POLL_MS = 300;

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
  let reported = false;
  while (!signal.aborted) {
    const run = await findRun(client, runId);
    for (const stage of run?.stages ?? []) {
      if (seen.get(stage.stage) === stage.state && stage.state !== "running") continue;
      if (stage.state === "waiting" || stage.state === "skipped") continue;
      reporter.stage(stage, seen.get(stage.stage) !== stage.state);
      seen.set(stage.stage, stage.state);
    }
    if (!reported && seen.get("deduplicating") === "done") {
      reported = true;
      const { report } = await client.get(`/api/ingestion/runs/${runId}/report`, RunReport);
      reporter.corpus(report, runId);
    }
    if (run && isFinal(run.state)) return run;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
  return undefined;
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
