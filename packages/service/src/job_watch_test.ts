import type { Database } from "@millrace/database";
import { freshDatabase } from "@millrace/database/testing";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { commitEffect } from "./effect.ts";
import { defineJob, type JobKind } from "./job.ts";
import { defineService, type Service } from "./service.ts";
import { testHost, type TestHost } from "./testing/test_host.ts";

let database: Database;
let host: TestHost;
/** Keys of the jobs that have begun, and what ends each. */
let begun: string[];
let end: Map<string, () => void>;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => host.close());
afterAll(() => database.close());

/** Jobs that run until the test ends them. */
function held(kind: string, concurrency: number): JobKind {
  return defineJob<object, void>({
    kind,
    version: 1,
    input: z.strictObject({}),
    concurrency,
    run: (job) =>
      new Promise((resolve) => {
        begun.push(job.key);
        end.set(job.key, resolve);
      }),
    async completed() {},
    async failed() {},
  });
}

async function hostOf(...jobs: JobKind[]): Promise<Service> {
  begun = [];
  end = new Map();
  host = await testHost({
    database,
    services: (openPorts, access) => [defineService({ name: "ingestion", subscriptions: [], jobs }, openPorts, access)],
    // What is recorded in this process is found without a look.
    timing: { jobPollMs: 3_600_000 },
  });
  await host.start();
  return host.services[0] as Service;
}

/** Records jobs, as a handler does. */
async function record(service: Service, kind: string, ...keys: string[]): Promise<void> {
  const event = { eventId: crypto.randomUUID(), correlationId: "run-1", subject: "run-1" };
  const by = { service: service.name, producer: "ingestion/test@1", project: "default", root: false, ...event };
  const key = { consumer: "test", inboxId: event.eventId, requeues: 0 };
  await commitEffect(host.ports, service.internals, key, by, async (context) => {
    for (const one of keys) await context.startJob(kind, one, {});
  });
}

test("runJobs() runs as many of a kind at a time as it allows, and the next when one has ended", async () => {
  const service = await hostOf(held("collect", 2));
  await record(service, "collect", "a", "b", "c");
  await vi.waitFor(() => expect(begun).toHaveLength(2));
  end.get(begun[0] as string)?.();
  await vi.waitFor(() => expect(begun).toHaveLength(3));
  expect(begun.toSorted()).toEqual(["a", "b", "c"]);
  await record(service, "collect", "d");
  end.get(begun[1] as string)?.();
  await vi.waitFor(() => expect(begun).toHaveLength(4));
  for (const finish of end.values()) finish();
});

test("runJobs() begins a job of one kind while one of another kind runs", async () => {
  const service = await hostOf(held("collect", 1), held("clean", 1));
  await record(service, "collect", "a");
  await vi.waitFor(() => expect(begun).toEqual(["a"]));
  await record(service, "clean", "b");
  await vi.waitFor(() => expect(begun).toEqual(["a", "b"]));
  for (const finish of end.values()) finish();
});
