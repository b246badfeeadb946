import type { JobKind } from "./job.ts";
import { runNextJob } from "./job_runner.ts";
import { countDueJobs } from "./job_store.ts";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";
import { withPorts } from "./ports.ts";
import type { Service } from "./service.ts";
import type { Timing } from "./timing.ts";

/**
 * Runs a service's jobs, of each kind as many at a time as it allows, until `signal` is aborted, and waits for those that run. There is one
 * look for all kinds: a claim for each of them, every half second, was a fifth of what an embedded installation has to do.
 */
export async function runJobs(
  service: Service,
  owner: string,
  log: Log,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const { jobsChanged, tables } = service.internals;
  const working = new Map<string, number>();
  const workers = new Set<Promise<void>>();

  async function work(kind: JobKind): Promise<void> {
    working.set(kind.kind, (working.get(kind.kind) ?? 0) + 1);
    try {
      const runNext = (): Promise<boolean> =>
        withPorts(service.openPorts, (ports) => runNextJob(ports, service, kind, owner, timing, signal));
      while (!signal.aborted && (await runNext()));
    } catch (error) {
      log.error("claiming or ending a job failed", { kind: kind.kind, error });
      await pause(timing.jobPollMs, signal);
    }
    working.set(kind.kind, (working.get(kind.kind) ?? 0) - 1);
    // A job that was recorded since its last claim had nobody free to take it.
    jobsChanged.notify();
  }

  while (!signal.aborted) {
    const seen = jobsChanged.count;
    try {
      const due = await withPorts(service.openPorts, ({ database, now }) =>
        countDueJobs(database.drizzle, tables, now()),
      );
      for (const kind of service.jobs) {
        const free = kind.concurrency - (working.get(kind.kind) ?? 0);
        for (let count = Math.min(free, due.get(kind.kind) ?? 0); count > 0; count--) {
          const worker = work(kind).finally(() => workers.delete(worker));
          workers.add(worker);
        }
      }
    } catch (error) {
      log.error("looking for jobs failed", { error });
    }
    await jobsChanged.wait(seen, timing.jobPollMs, signal);
  }
  await Promise.all(workers);
}
