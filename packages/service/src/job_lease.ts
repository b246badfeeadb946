import type { ServiceInternals } from "./effect.ts";
import { LeaseLostError } from "./job.ts";
import { changeClaimed, type JobRow } from "./job_store.ts";
import type { Log } from "./log.ts";
import type { Ports } from "./ports.ts";
import type { Timing } from "./timing.ts";

/** Renews the lease until `done`; aborts the work when that fails because the job is not ours any more. */
export async function keepLease(
  ports: Ports,
  service: ServiceInternals,
  row: JobRow,
  leaseMs: number,
  timing: Timing,
  log: Log,
  work: AbortController,
  done: AbortSignal,
): Promise<void> {
  const { jobsChanged, tables } = service;
  let seen = jobsChanged.count;
  for (;;) {
    // A cancellation in this process wakes it at once.
    await jobsChanged.wait(seen, Math.min(timing.heartbeatMs, leaseMs / 3), done);
    if (done.aborted) return;
    seen = jobsChanged.count;
    try {
      const change = { leaseExpiresAt: ports.now() + leaseMs };
      if (await changeClaimed(ports.database.drizzle, tables, row, change)) continue;
      work.abort(new LeaseLostError(row.kind, row.key));
      return;
    } catch (error) {
      log.warn("renewing a job's lease failed", { error });
    }
  }
}
