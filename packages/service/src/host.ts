/** Runs services in this process: their subscriptions, jobs, schedules and sweepers, until they are stopped. */
import type { Lease } from "@millrace/bus";
import { EVENT_STREAMS } from "@millrace/contracts";
import { runAudit } from "./audit.ts";
import { beginCounts } from "./begin_counts.ts";
import { runSubscription } from "./event_runner.ts";
import { expireLeases } from "./job_store.ts";
import { runJobs } from "./job_watch.ts";
import { type PortScope, withPorts } from "./ports.ts";
import { runSchedule } from "./schedule_runner.ts";
import type { Service } from "./service.ts";
import { sweepUnpublished } from "./sweeper.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";
import { pause } from "./pause.ts";

export interface HostOptions {
  /** Names this process as the owner of leases; no other living process has this name. */
  readonly owner: string;
  /**
   * Whose jobs no living process can be at, so that they are taken over at once instead of when their leases end: everybody's, where
   * this process alone runs these services, as the owner of a data folder does; or those of a former process of the same name.
   * Default: nobody's.
   */
  readonly takesOver?: "all" | "same owner";
  /** Lets a schedule run in one process at a time. */
  readonly lease: Lease;
  readonly timing?: Partial<Timing>;
}

export interface RunningServices {
  /** Ends the loops: handlers at work finish, running jobs are aborted and given back. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** Wait in ms before a loop that broke (the bus or the database went away) is started again. */
const RESTART_MS = 1000;

/**
 * Starts the loops of services. Serving their HTTP is the runtime's business.
 * @throws If a service's ports cannot be opened.
 */
export async function startServices(services: readonly Service[], options: HostOptions): Promise<RunningServices> {
  const timing: Timing = { ...DEFAULT_TIMING, ...options.timing };
  const stop = new AbortController();
  const scopes: PortScope[] = [];
  const loops: Promise<void>[] = [];
  try {
    for (const service of services) {
      // Loops live as long as the process, and so do the ports they wait on.
      const scope = await service.openPorts();
      scopes.push(scope);
      beginCounts(service, scope.ports.metrics);
      const { database, now } = scope.ports;
      const dead = options.takesOver === "same owner" ? options.owner : undefined;
      if (options.takesOver) await expireLeases(database.drizzle, service.internals.tables, dead, now());
    }
  } catch (error) {
    await Promise.all(scopes.map((scope) => scope.close?.()));
    throw error;
  }
  services.forEach((service, index) => {
    loops.push(...loopsOf(service, scopes[index] as PortScope, options, timing, stop.signal));
  });
  return {
    async stop() {
      stop.abort(new Error("the process stops"));
      await Promise.all(loops);
      await Promise.all(scopes.map((scope) => scope.close?.()));
    },
  };
}

function loopsOf(
  service: Service,
  { ports }: PortScope,
  options: HostOptions,
  timing: Timing,
  signal: AbortSignal,
): Promise<void>[] {
  const { log } = ports;
  const forever = async (what: string, run: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      try {
        await run();
      } catch (error) {
        log.error("a loop broke and is started again", { loop: what, error });
      }
      // Also bounds the rate when a loop ends at once.
      if (!signal.aborted) await pause(RESTART_MS, signal);
    }
  };
  return [
    ...service.subscriptions.map((subscription) =>
      forever(subscription.name, () => runSubscription(service, subscription, ports, timing, signal)),
    ),
    ...(service.auditsEvents ? EVENT_STREAMS : []).map(({ name }) =>
      forever(`audit of ${name}`, () => runAudit(service.name, name, ports, timing, signal)),
    ),
    ...(service.jobs.length > 0 ? [runJobs(service, options.owner, log, timing, signal)] : []),
    ...service.schedules.map((schedule) => runSchedule(service, schedule, options, log, signal)),
    forever("sweeper", async () => {
      while (!signal.aborted) {
        await withPorts(service.openPorts, (own) => sweepUnpublished(own, service, timing.sweepMs));
        await pause(timing.sweepMs, signal);
      }
    }),
  ];
}
