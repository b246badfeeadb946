import { EVENTS } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { freshDatabase } from "@millrace/database/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { commitEffect } from "./effect.ts";
import { onEvent } from "./handler.ts";
import { startServices } from "./host.ts";
import { defineJob, type JobDefinition, type JobKind } from "./job.ts";
import { runNextJob } from "./job_runner.ts";
import { claimJob } from "./job_store.ts";
import { NotYetError } from "./not_yet.ts";
import { UnreachableError } from "./peers.ts";
import { defineService, type Service } from "./service.ts";
import { FAST_TIMING, testHost, type TestHost } from "./testing/test_host.ts";
import { DEFAULT_TIMING } from "./timing.ts";

const { corpusCollect, corpusCollected, corpusShardCleaned, pipelineCancelled } = EVENTS;
const HOUR_MS = 3_600_000;
// A day's heartbeat never comes in a test: whether a lease has expired is then up to the test's clock alone.
const SILENT = { ...DEFAULT_TIMING, ...FAST_TIMING, heartbeatMs: 24 * HOUR_MS };

let database: Database;
let host: TestHost;
let clockMs: number;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => host.close());
afterAll(() => database.close());

type Collect = Partial<JobDefinition<{ runId: string }, number>>;

function collectJob(parts: Collect): JobKind {
  return defineJob<{ runId: string }, number>({
    kind: "collect",
    version: 1,
    input: z.strictObject({ runId: z.string() }),
    leaseMs: HOUR_MS,
    maxAttempts: 2,
    run: async () => 1,
    async completed(shards, context, { input }) {
      context.output("collected", corpusCollected, { ...corpusCollected.example, ...input, shards });
    },
    async failed() {},
    ...parts,
  });
}

async function hostOf(job: JobKind): Promise<Service> {
  clockMs = Date.UTC(2026, 0, 1);
  const start = onEvent({
    name: "collect",
    version: 1,
    event: corpusCollect,
    handle: ({ data }, context) => context.startJob("collect", data.runId, { runId: data.runId }),
  });
  const cancel = onEvent({
    name: "cancel",
    version: 1,
    event: pipelineCancelled,
    handle: ({ data }, context) => context.cancelJob("collect", data.runId),
  });
  host = await testHost({
    database,
    now: () => clockMs,
    services: (openPorts, access) => [
      defineService({ name: "ingestion", subscriptions: [start, cancel], jobs: [job] }, openPorts, access),
    ],
  });
  const [service] = host.services;
  if (service === undefined) throw new Error("no service is under test");
  return service;
}

/** Records the job as its handler does, with nothing running. */
async function recordJob(service: Service, runId = "run-1"): Promise<void> {
  const cause = await host.publish(runId, corpusCollect, corpusCollect.example);
  const by = { service: "ingestion", producer: "ingestion/collect@1", project: "default", root: false };
  await commitEffect(
    host.ports,
    service.internals,
    { consumer: "ingestion-collect", inboxId: cause.id, requeues: 0 },
    { ...by, eventId: cause.id, correlationId: "run-1", subject: "run-1" },
    (context) => context.startJob("collect", runId, { runId }),
  );
}

async function jobRow(service: Service) {
  const [row] = await database.drizzle.select().from(service.internals.tables.jobs);
  return row;
}

const never = new AbortController().signal;

test("runJobs() runs a recorded job and publishes its outputs once, below the event that started it", async () => {
  const service = await hostOf(collectJob({ run: async () => 5 }));
  const cause = await host.publish("one", corpusCollect, { ...corpusCollect.example, runId: "run-1" });
  await host.start();
  const event = await host.events.until(corpusCollected);
  expect(event).toMatchObject({ causationid: cause.id, data: { runId: "run-1", shards: 5 } });
  expect(await jobRow(service)).toMatchObject({ state: "completed", owner: null, generation: 1, errors: 0 });
});

test("emit() publishes while the job runs, and progress() is there for the next claim", async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const progress: unknown[] = [];
  const service = await hostOf(
    collectJob({
      async run({ progress: before }, context) {
        progress.push(before);
        await context.progress({ shards: progress.length });
        await context.emit("shard 0", corpusShardCleaned, corpusShardCleaned.example);
        begun.resolve();
        await goOn.promise;
        if (progress.length === 1) throw new Error("once");
        return 1;
      },
    }),
  );
  await recordJob(service);
  const first = runNextJob(host.ports, service, service.jobs[0] as JobKind, "a", SILENT, never);
  await begun.promise;
  await host.events.until(corpusShardCleaned);
  goOn.resolve();
  await first;
  clockMs += HOUR_MS;
  expect(await runNextJob(host.ports, service, service.jobs[0] as JobKind, "a", SILENT, never)).toBe(true);
  expect(progress).toEqual([null, { shards: 1 }]);
  await host.events.until(corpusCollected);
  // Emitted twice under one id, and the log has it once.
  expect(host.events.of(corpusShardCleaned)).toHaveLength(1);
  const metrics = host.ports.metrics.text();
  const labels = 'service="ingestion",project="default",kind="collect"';
  expect(metrics).toContain(`millrace_jobs_total{${labels},outcome="retried"} 1\n`);
  expect(metrics).toContain(`millrace_jobs_total{${labels},outcome="completed"} 1\n`);
  // An alert on the increase sees the first failure only where there was none before.
  expect(metrics).toContain(`millrace_jobs_total{${labels},outcome="failed"} 0\n`);
  expect(metrics).toContain(`millrace_job_duration_seconds_count{${labels}} 2\n`);
});

test("runJobs() resumes a job when its owner died and the lease has expired, and not before", async () => {
  const generations: number[] = [];
  const service = await hostOf(collectJob({ run: async ({ generation }) => generations.push(generation) }));
  await recordJob(service);
  const { tables } = service.internals;
  const dead = await claimJob(database.drizzle, tables, "collect", "dead", HOUR_MS, clockMs);
  expect(dead?.generation).toBe(1);
  clockMs += HOUR_MS - 1;
  expect(await runNextJob(host.ports, service, service.jobs[0] as JobKind, "b", SILENT, never)).toBe(false);
  clockMs += 1;
  await host.start();
  await host.events.until(corpusCollected);
  expect(generations).toEqual([2]);
});

test("startServices() takes over at once what a former process was at when it is the sole owner", async () => {
  const generations: number[] = [];
  const service = await hostOf(collectJob({ run: async ({ generation }) => generations.push(generation) }));
  await recordJob(service);
  await claimJob(database.drizzle, service.internals.tables, "collect", "dead", HOUR_MS, clockMs);
  const timing = { ...SILENT, ackWaitMs: 5000 };
  const running = await startServices(host.services, { owner: "heir", lease: host.lease, timing, takesOver: "all" });
  await host.events.until(corpusCollected);
  await running.stop();
  expect(generations).toEqual([2]);
});

test("startServices() takes over at once what a former process of its own name was at, and no other's", async () => {
  const generations: string[] = [];
  const service = await hostOf(
    collectJob({ run: async ({ key, generation }) => generations.push(`${key} ${generation}`) }),
  );
  await recordJob(service, "run-1");
  await recordJob(service, "run-2");
  const { tables } = service.internals;
  for (const owner of ["here", "elsewhere"]) {
    await claimJob(database.drizzle, tables, "collect", owner, HOUR_MS, clockMs);
  }
  const timing = { ...SILENT, ackWaitMs: 5000 };
  const options = { lease: host.lease, timing, takesOver: "same owner" as const };
  const running = await startServices(host.services, { owner: "here", ...options });
  await host.events.until(corpusCollected);
  await running.stop();
  expect(generations).toEqual(["run-1 2"]);
});

test.each([
  ["a service that does not answer", new UnreachableError('calling service "registry": it does not answer')],
  ["what is not there yet", new NotYetError("collecting: the harvest is not in")],
])("runNextJob() waits for %s without counting an error", async (_, error) => {
  let away = 5;
  const service = await hostOf(
    collectJob({
      async run() {
        if (away-- > 0) throw error;
        return 1;
      },
    }),
  );
  await recordJob(service);
  for (let attempt = 0; attempt < 6; attempt++) {
    clockMs += 10_000;
    expect(await runNextJob(host.ports, service, service.jobs[0] as JobKind, "a", SILENT, never)).toBe(true);
  }
  expect(await jobRow(service)).toMatchObject({ state: "completed", errors: 0, generation: 6 });
});

test("emit() waits for a bus that is away, and the job goes on", async () => {
  let away = 3;
  const service = await hostOf(
    collectJob({
      async run(_, context) {
        await context.emit("shard 0", corpusShardCleaned, corpusShardCleaned.example);
        return 1;
      },
    }),
  );
  await recordJob(service);
  const bus = {
    ...host.bus,
    publish: (...events: Parameters<typeof host.bus.publish>) =>
      away-- > 0 ? Promise.reject(new Error("no connection")) : host.bus.publish(...events),
  };
  const ports = { ...host.ports, bus };
  await runNextJob(ports, service, service.jobs[0] as JobKind, "a", SILENT, never);
  await host.events.until(corpusShardCleaned);
  expect(await jobRow(service)).toMatchObject({ state: "completed", errors: 0 });
});

test("runNextJob() ends a job once when a paused owner goes on after its lease was taken", async () => {
  const paused = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const service = await hostOf(
    collectJob({
      async run({ generation }) {
        begun.resolve();
        if (generation === 1) await paused.promise;
        return generation;
      },
    }),
  );
  await recordJob(service);
  const kind = service.jobs[0] as JobKind;
  const first = runNextJob(host.ports, service, kind, "a", SILENT, never);
  await begun.promise;
  clockMs += HOUR_MS;
  await runNextJob(host.ports, service, kind, "b", SILENT, never);
  paused.resolve();
  await first;
  await host.events.until(corpusCollected);
  expect(host.events.of(corpusCollected).map(({ data }) => data.shards)).toEqual([2]);
  expect(await jobRow(service)).toMatchObject({ state: "completed", generation: 2, errors: 0 });
});

test("runNextJob() gives a job to one of two runners when both ask at once", async () => {
  let runs = 0;
  const service = await hostOf(collectJob({ run: async () => ++runs }));
  await recordJob(service);
  const kind = service.jobs[0] as JobKind;
  const both = ["a", "b"].map((owner) => runNextJob(host.ports, service, kind, owner, SILENT, never));
  expect((await Promise.all(both)).toSorted()).toEqual([false, true]);
  expect(runs).toBe(1);
});

test("runNextJob() calls failed() once, in place of completed(), when the attempts run out", async () => {
  const failures: string[] = [];
  const service = await hostOf(
    collectJob({
      run: () => Promise.reject(new RangeError("the disk is full")),
      async failed(error, context) {
        failures.push(error.message);
        context.output("collected", corpusCollected, corpusCollected.example);
      },
    }),
  );
  await recordJob(service);
  const kind = service.jobs[0] as JobKind;
  await runNextJob(host.ports, service, kind, "a", SILENT, never);
  expect(failures).toEqual([]);
  clockMs += HOUR_MS;
  await runNextJob(host.ports, service, kind, "a", SILENT, never);
  expect(failures).toEqual(["the disk is full"]);
  expect(await jobRow(service)).toMatchObject({
    state: "failed",
    errors: 2,
    lastError: "RangeError: the disk is full",
  });
  clockMs += HOUR_MS;
  expect(await runNextJob(host.ports, service, kind, "a", SILENT, never)).toBe(false);
});

test("cancelJob() aborts the job where it runs, and nothing of it is recorded", async () => {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const service = await hostOf(
    collectJob({
      run: (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted.resolve(signal.reason);
            reject(signal.reason);
          });
          begun.resolve();
        }),
    }),
  );
  await host.publish("one", corpusCollect, { ...corpusCollect.example, runId: "run-1" });
  await host.start();
  await begun.promise;
  await host.publish("two", pipelineCancelled, { ...pipelineCancelled.example, runId: "run-1" });
  expect(String(await aborted.promise)).toMatch(/its lease is lost or it was cancelled/);
  await host.stop();
  expect(await jobRow(service)).toMatchObject({ state: "cancelled", errors: 0 });
  expect(host.events.of(corpusCollected)).toEqual([]);
});

test("startServices() gives a running job back when it is stopped, and the next start goes on at once", async () => {
  const begun = Promise.withResolvers<void>();
  let runs = 0;
  const service = await hostOf(
    collectJob({
      async run(_job, { signal }) {
        if (++runs > 1) return runs;
        begun.resolve();
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    }),
  );
  await recordJob(service);
  await host.start();
  await begun.promise;
  await host.stop();
  expect(await jobRow(service)).toMatchObject({ state: "queued", owner: null, errors: 0 });
  await host.start();
  expect((await host.events.until(corpusCollected)).data.shards).toBe(2);
});

test("startServices() publishes what a process committed and died before publishing, when nothing is delivered again", async () => {
  const service = await hostOf(collectJob({}));
  const cause = await host.publish("one", corpusCollect, corpusCollect.example);
  const by = { service: "ingestion", producer: "ingestion/collect@1#run-1", project: "default", root: false };
  await commitEffect(
    host.ports,
    service.internals,
    { consumer: "job-collect", inboxId: crypto.randomUUID(), requeues: 0 },
    { ...by, eventId: cause.id, correlationId: "run-1", subject: "run-1" },
    async (context) => context.output("collected", corpusCollected, corpusCollected.example),
  );
  clockMs += HOUR_MS;
  await host.start();
  await host.events.until(corpusCollected, (event) => event.data.shards === corpusCollected.example.shards);
  const unpublished = async () => {
    const rows = await database.drizzle.select().from(service.internals.tables.inbox);
    return rows.filter((row) => row.publishedAt === null);
  };
  await expect.poll(unpublished).toEqual([]);
});
