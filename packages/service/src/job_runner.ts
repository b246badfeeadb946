/**
 * Runs a job: claims it with a lease, keeps the lease while it runs outside of any transaction, and ends it in one transaction with
 * its outputs. An owner that dies leaves an expired lease behind, which the next look finds, also that of a process just started. An
 * owner that lost its lease changes nothing any more: its end does not fit the generation. While the database or the bus is away,
 * the job and the news of it wait.
 */
import { commitEffect, type Effect, publishEffect } from "./effect.ts";
import type { EffectContext } from "./effect_context.ts";
import { type Job, type JobContext, type JobKind, LeaseLostError } from "./job.ts";
import { keepLease } from "./job_lease.ts";
import { changeClaimed, claimJob, type JobRow } from "./job_store.ts";
import type { Log } from "./log.ts";
import { checkedOutput, eventOf, type Producer } from "./output_event.ts";
import { NotYetError } from "./not_yet.ts";
import { UnreachableError } from "./peers.ts";
import { persist } from "./persist.ts";
import type { Ports } from "./ports.ts";
import type { Service } from "./service.ts";
import { JOB_SECONDS, JOBS_ENDED, noneFailed } from "./service_metrics.ts";
import type { Timing } from "./timing.ts";
import { traceIdOf } from "./trace.ts";

/** Claims a job and takes it to its end, or as far as this process gets. False when there was none. */
export async function runNextJob(
  ports: Ports,
  service: Service,
  kind: JobKind,
  owner: string,
  timing: Timing,
  signal: AbortSignal,
): Promise<boolean> {
  const { leaseMs } = kind;
  const { tables } = service.internals;
  const row = await claimJob(ports.database.drizzle, tables, kind.kind, owner, leaseMs, ports.now());
  if (row === undefined) return false;
  const log = ports.log.with({ job: kind.kind, key: row.key, traceId: traceIdOf(row.cause.traceparent) });
  log.info("job claimed", { generation: row.generation });
  const stop = new AbortController();
  const stopping = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", stopping);
  if (signal.aborted) stopping();
  const done = new AbortController();
  const lease = keepLease(ports, service.internals, row, leaseMs, timing, log, stop, done.signal);
  const labels = { service: service.name, project: row.project, kind: kind.kind };
  noneFailed(ports.metrics, labels);
  const startMs = ports.now();
  try {
    const outcome = await runClaimed(ports, service, kind, row, timing, log, stop.signal);
    ports.metrics.add(JOBS_ENDED, { ...labels, outcome });
    ports.metrics.observe(JOB_SECONDS, labels, (ports.now() - startMs) / 1000);
  } finally {
    done.abort();
    await lease;
    signal.removeEventListener("abort", stopping);
  }
  return true;
}

/** What is not there yet takes its time. */
const EARLY_POLLS = 10;

/** What became of an attempt; `left` when it ended without a result or an error of its own. */
type Outcome = "completed" | "failed" | "retried" | "left";

async function runClaimed(
  ports: Ports,
  service: Service,
  kind: JobKind,
  row: JobRow,
  timing: Timing,
  log: Log,
  signal: AbortSignal,
): Promise<Outcome> {
  const by = producerOf(service, kind, row);
  const { id, key, project, input, generation, progress } = row;
  const { correlationId, eventId: causationId } = by;
  const job: Job<unknown> = {
    id,
    kind: row.kind,
    key,
    project,
    input,
    correlationId,
    causationId,
    generation,
    progress,
  };
  try {
    const checked = { ...job, input: kind.input.parse(row.input) };
    const result = await kind.run(checked, contextOf(ports, service, row, by, timing, log, signal));
    await endJob(ports, service, row, by, "completed", (context) => kind.completed(result, context, checked));
    log.info("job completed");
    return "completed";
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (error instanceof LeaseLostError || signal.reason instanceof LeaseLostError) {
      log.info("job left: cancelled or claimed by another owner");
      return "left";
    }
    if (signal.aborted) {
      await requeue(ports, service, row, {});
      return "left";
    }
    const isEarly = error instanceof NotYetError;
    if (error instanceof UnreachableError) log.warn("job waits for another service", { error });
    else if (isEarly) log.info("job waits", { reason: error.message });
    else return countError(ports, service, kind, row, job, by, timing, log, signal, error);
    // Younger jobs of the kind have their turn meanwhile.
    const notBefore = ports.now() + (isEarly ? EARLY_POLLS : 1) * timing.jobPollMs;
    await persist(() => requeue(ports, service, row, { notBefore }), timing.jobPollMs, log, signal);
    return "left";
  }
}

function producerOf(service: Service, kind: JobKind, row: JobRow): Producer {
  // One event may start several jobs of a kind: the job's key keeps their outputs apart.
  const producer = `${service.name}/${kind.kind}@${kind.version}#${row.key}`;
  return { service: service.name, producer, project: row.project, root: false, ...row.cause };
}

function contextOf(
  ports: Ports,
  service: Service,
  row: JobRow,
  by: Producer,
  timing: Timing,
  log: Log,
  signal: AbortSignal,
): JobContext {
  return {
    project: row.project,
    database: ports.database,
    artifacts: ports.artifacts.forProject(row.project),
    peers: ports.peers,
    log,
    signal,
    now: () => ports.now(),
    async progress(value) {
      const change = { progress: value, updatedAt: ports.now() };
      const kept = await changeClaimed(ports.database.drizzle, service.internals.tables, row, change);
      if (!kept) throw new LeaseLostError(row.kind, row.key);
    },
    async emit(key, definition, data) {
      if (signal.reason instanceof LeaseLostError) throw signal.reason;
      const event = await eventOf(by, checkedOutput(by, key, definition, data), ports.now());
      await persist(() => ports.bus.publish([event]), timing.jobPollMs, log, signal);
    },
  };
}

async function endJob(
  ports: Ports,
  service: Service,
  row: JobRow,
  by: Producer,
  state: "completed" | "failed",
  record: (context: EffectContext) => Promise<void>,
  change: Partial<JobRow> = {},
): Promise<void> {
  const key = { consumer: `job-${row.kind}`, inboxId: row.id, requeues: 0 };
  const effect: Effect = await commitEffect(ports, service.internals, key, by, async (context) => {
    const ended = { state, owner: null, leaseExpiresAt: null, updatedAt: ports.now(), ...change };
    if (!(await changeClaimed(context.db, service.internals.tables, row, ended))) {
      throw new LeaseLostError(row.kind, row.key);
    }
    await record(context);
  });
  if (effect.repeated) throw new LeaseLostError(row.kind, row.key);
  try {
    await publishEffect(ports, service.internals, key, effect.events);
  } catch (error) {
    ports.log.error("events of a job are left to the sweeper", { job: row.kind, key: row.key, error });
  }
}

async function countError(
  ports: Ports,
  service: Service,
  kind: JobKind,
  row: JobRow,
  job: Job<unknown>,
  by: Producer,
  timing: Timing,
  log: Log,
  signal: AbortSignal,
  error: Error,
): Promise<Outcome> {
  const errors = row.errors + 1;
  const bound = kind.maxAttempts;
  const counted = { errors, lastError: `${error.name}: ${error.message}` };
  log.error("job failed", { errors, bound, error });
  if (errors >= bound) {
    try {
      await endJob(ports, service, row, by, "failed", (context) => kind.failed(error, context, job), counted);
      return "failed";
    } catch (failure) {
      if (failure instanceof LeaseLostError) return "left";
      log.error("recording a job's failure failed; the job is tried again", { error: failure });
    }
  }
  const notBefore = ports.now() + timing.retryDelayMs(errors);
  await persist(() => requeue(ports, service, row, { notBefore, ...counted }), timing.jobPollMs, log, signal);
  return "retried";
}

/** Gives a job back, so that the next owner need not wait for the lease. */
async function requeue(ports: Ports, service: Service, row: JobRow, change: Partial<JobRow>): Promise<void> {
  const again = { state: "queued" as const, owner: null, leaseExpiresAt: null, updatedAt: ports.now() };
  await changeClaimed(ports.database.drizzle, service.internals.tables, row, { ...again, ...change });
}
