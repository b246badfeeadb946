import type { Database } from "@millrace/database";
import { openPostgres } from "@millrace/database/postgres";
import { type PostgresServer, postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Access } from "./access.ts";
import { commitEffect } from "./effect.ts";
import { claimJob } from "./job_store.ts";
import type { OpenPorts } from "./ports.ts";
import { defineService, type Service } from "./service.ts";
import { testHost, type TestHost } from "./testing/test_host.ts";

// Races between connections prove something on a real server only: the embedded one runs transactions one after another.
const skip = postgresUnavailable();
if (skip !== undefined) console.warn(`skipped: effects and claims on PostgreSQL: ${skip}`);
const raceTest = test.skipIf(skip !== undefined);

let server: PostgresServer;
let database: Database;
let host: TestHost;
beforeAll(async () => {
  if (skip !== undefined) return;
  server = await startPostgres();
  database = openPostgres(server.url);
  host = await testHost({ database, services: ingestionAlone });
});
afterAll(async () => {
  await host?.close();
  await database?.close();
  await server?.stop();
});

function ingestionAlone(openPorts: OpenPorts, access: Access): Service[] {
  return [defineService({ name: "ingestion" }, openPorts, access)];
}

function internals() {
  const [service] = host.services;
  if (service === undefined) throw new Error("no service is under test");
  return service.internals;
}

function effectOf(eventId: string, keys: readonly string[]) {
  const of = { service: "ingestion", producer: "ingestion/collect@1", project: "default", root: false };
  return commitEffect(
    host.ports,
    internals(),
    { consumer: "ingestion-collect", inboxId: eventId, requeues: 0 },
    { ...of, eventId, correlationId: "run-1", subject: "run-1" },
    async (context) => {
      for (const key of keys) await context.startJob("collect", key, {});
    },
  );
}

raceTest("commitEffect() runs once when an event is delivered to several processes at the same time", async () => {
  const eventId = crypto.randomUUID();
  // Each would record a job of its own name: one row tells that one of them ran.
  const effects = await Promise.all(["a", "b", "c", "d"].map((key) => effectOf(eventId, [`once ${key}`])));
  expect(effects.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(await database.drizzle.select().from(internals().tables.jobs)).toHaveLength(1);
});

raceTest("claimJob() gives each job to one owner when many claim at the same time", async () => {
  const { tables } = internals();
  await database.drizzle.delete(tables.jobs);
  await effectOf(crypto.randomUUID(), ["1", "2", "3", "4", "5"]);
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, owner) =>
      claimJob(database.drizzle, tables, "collect", `owner-${owner}`, 60_000, Date.now()),
    ),
  );
  const ids = claims.flatMap((row) => (row === undefined ? [] : [row.id]));
  expect(ids).toHaveLength(5);
  expect(new Set(ids).size).toBe(5);
});
