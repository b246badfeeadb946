import { EVENTS } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { freshDatabase } from "@millrace/database/testing";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { onEvent } from "./handler.ts";
import { defineService } from "./service.ts";
import { testHost, type TestHost } from "./testing/test_host.ts";

const { corpusCleaned, corpusCollect, pipelineStateChanged } = EVENTS;
/** Data that no event's schema accepts. */
const NONSENSE = { runId: 7 } as unknown as Record<string, never>;
let database: Database;
let host: TestHost;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => host.close());
afterAll(() => database.close());

async function openHost(): Promise<void> {
  const collect = onEvent({ name: "collect", version: 1, event: corpusCollect, async handle() {} });
  host = await testHost({
    database,
    services: (openPorts, access) => [
      defineService({ name: "ingestion", subscriptions: [collect] }, openPorts, access),
      defineService({ name: "automation", auditsEvents: true }, openPorts, access),
    ],
  });
}

test("runAudit() parks what no subscription hears, once, and leaves the rest to its subscriptions", async () => {
  await openHost();
  const good = await host.publish("good", pipelineStateChanged, pipelineStateChanged.example);
  const broken = { ...good, id: crypto.randomUUID(), data: NONSENSE };
  const collected = await host.publish("heard", corpusCollect, corpusCollect.example);
  const heardAndBroken = { ...collected, id: crypto.randomUUID(), data: NONSENSE };
  const elsewhere = await host.publish("elsewhere", corpusCleaned, corpusCleaned.example);
  const heardElsewhere = { ...elsewhere, id: crypto.randomUUID(), data: NONSENSE };
  const unknown = { ...good, id: crypto.randomUUID(), type: "millrace.corpus.guessed.v1" };
  const unknownToo = { ...good, id: crypto.randomUUID(), type: "millrace.pipeline.guessed.v1" };
  // The last of each stream are parked: by then what came before them has been judged.
  await host.bus.publish([broken, heardAndBroken, heardElsewhere, unknown, unknownToo]);
  await host.start();
  const letters = await parked(4);
  expect(letters.map(({ consumer, eventId }) => ({ consumer, eventId })).toSorted(byConsumer)).toEqual([
    { consumer: "automation-audit_corpus", eventId: unknown.id },
    { consumer: "automation-audit_pipeline", eventId: broken.id },
    { consumer: "automation-audit_pipeline", eventId: unknownToo.id },
    { consumer: "ingestion-collect", eventId: heardAndBroken.id },
  ]);
  const counted = 'consumer="automation-audit_pipeline",outcome="parked"} 2';
  await expect.poll(() => host.ports.metrics.text()).toContain(counted);
  expect(letters.find(({ eventId }) => eventId === unknown.id)?.error).toEqual({
    name: "MalformedEventError",
    message: "reading an event: found type millrace.corpus.guessed.v1, which the catalogue does not know",
  });
});

test("runAudit() goes on where it stopped, and judges anew what is requeued", async () => {
  await openHost();
  const event = await host.publish("known", pipelineStateChanged, pipelineStateChanged.example);
  const guess = (label: string) => ({ ...event, id: crypto.randomUUID(), type: `millrace.corpus.${label}.v1` });
  await host.bus.publish([guess("first")]);
  await host.start();
  const [first] = await parked(1);
  await host.stop();
  await host.bus.publish([guess("second")]);
  await host.start();
  expect((await parked(2)).map(({ subject }) => subject)).toEqual([
    "millrace.default.corpus.first.v1",
    "millrace.default.corpus.second.v1",
  ]);
  expect(await host.bus.requeue(first?.sequence ?? -1)).toBe(true);
  const again = await vi.waitFor(
    async () => {
      const letter = (await host.bus.deadLetters()).find(({ requeues }) => requeues === 1);
      expect(letter).toBeDefined();
      return letter;
    },
    { timeout: 30_000, interval: 20 },
  );
  expect(again).toMatchObject({ consumer: "automation-audit_corpus", eventId: first?.eventId });
});

function byConsumer(left: { readonly consumer: string }, right: { readonly consumer: string }): number {
  return left.consumer < right.consumer ? -1 : 1;
}

/** Waits until there are so many dead letters; the bus gives no signal for them. */
function parked(count: number) {
  return vi.waitFor(
    async () => {
      const letters = await host.bus.deadLetters();
      expect(letters.length).toBeGreaterThanOrEqual(count);
      return letters;
    },
    { timeout: 30_000, interval: 20 },
  );
}
