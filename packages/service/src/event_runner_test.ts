import { EVENTS } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { freshDatabase } from "@millrace/database/testing";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { commitEffect } from "./effect.ts";
import { consumerOf } from "./event_runner.ts";
import { onEvent, type Subscription } from "./handler.ts";
import { UnreachableError } from "./peers.ts";
import { defineService } from "./service.ts";
import { testHost, type TestHost } from "./testing/test_host.ts";

const { corpusCollect, corpusCollected } = EVENTS;
let database: Database;
let host: TestHost;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => host.close());
afterAll(() => database.close());

async function hostOf(...subscriptions: Subscription[]): Promise<TestHost> {
  host = await testHost({
    database,
    services: (openPorts, access) => [defineService({ name: "ingestion", subscriptions }, openPorts, access)],
  });
  return host;
}

/** Answers each command and counts how often it really ran. */
function collector(onHandle: () => void = () => {}): Subscription {
  return onEvent({
    name: "collect",
    version: 1,
    event: corpusCollect,
    async handle({ data }, context) {
      context.output("collected", corpusCollected, { ...corpusCollected.example, runId: data.runId });
      onHandle();
    },
  });
}

/** A signal that a handler gives and a test waits for. */
function signalled(): { readonly given: Promise<void>; give(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: resolve };
}

test("runSubscription() publishes a handler's output once, in the causal chain, when the event is handled", async () => {
  await hostOf(collector());
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const cause = await host.publish("one", corpusCollect, corpusCollect.example, { traceparent });
  await host.start();
  const event = await host.events.until(corpusCollected);
  expect(event).toMatchObject({
    source: "/millrace/ingestion",
    causationid: cause.id,
    correlationid: cause.correlationid,
    subject: cause.subject,
    project: "default",
  });
  expect(event.traceparent).toMatch(new RegExp(`^00-${"a".repeat(32)}-[0-9a-f]{16}-01$`));
});

test("commitEffect() does nothing but give the first outputs when an event is delivered again after it was handled", async () => {
  let handled = 0;
  await hostOf(collector(() => handled++));
  const cause = await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  await host.events.until(corpusCollected);
  await host.stop();
  // The bus remembers ids and would drop a doubled one: what the runner does with a second delivery is done here.
  const key = { consumer: "ingestion-collect", inboxId: cause.id, requeues: 0 };
  const by = producerOf(cause.id);
  const again = await commitEffect(host.ports, internals(), key, by, async () => {
    handled++;
  });
  expect(again.repeated).toBe(true);
  expect(handled).toBe(1);
  expect(host.events.of(corpusCollected).map(({ id }) => id)).toEqual(again.events.map(({ id }) => id));
});

test("runSubscription() publishes what was committed, and handles nothing again, when a crash came before publishing", async () => {
  let handled = 0;
  const subscription = collector(() => handled++);
  await hostOf(subscription);
  const cause = await host.publish("one", corpusCollect, corpusCollect.example);
  // What a process did that died between commit and publishing.
  const key = { consumer: consumerOf({ name: "ingestion" }, subscription), inboxId: cause.id, requeues: 0 };
  const committed = await commitEffect(host.ports, internals(), key, producerOf(cause.id), async (context) => {
    context.output("collected", corpusCollected, { ...corpusCollected.example, shards: 77 });
  });
  await host.start();
  const event = await host.events.until(corpusCollected);
  expect(event.data.shards).toBe(77);
  expect(event.id).toBe(committed.events[0]?.id);
  expect(handled).toBe(0);
});

/** The start of a line of metrics. */
function counted(outcome: string): string {
  return `millrace_events_total{service="ingestion",project="default",consumer="ingestion-collect",outcome="${outcome}"}`;
}

test("runSubscription() parks with the error, and leaves no effect, when a handler fails every time; requeue() handles it anew", async () => {
  let attempts = 0;
  let broken = true;
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      maxAttempts: 3,
      async handle(_event, context) {
        attempts++;
        context.output("collected", corpusCollected, corpusCollected.example);
        await context.startJob("never", "key", {});
        if (broken) throw new RangeError("the source is away");
      },
    }),
  );
  const cause = await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  // An alert on the increase sees the first one only where there was none before.
  expect(host.ports.metrics.text()).toContain('consumer="ingestion-collect",outcome="parked"} 0\n');
  const [letter] = await deadLetters(1);
  expect(letter).toMatchObject({
    consumer: "ingestion-collect",
    eventId: cause.id,
    attempts: 3,
    error: { name: "RangeError", message: "the source is away" },
  });
  expect(attempts).toBe(3);
  expect(host.logged.find(({ msg }) => msg === "handler failed")).toMatchObject({
    service: "ingestion",
    eventId: cause.id,
  });
  expect(host.events.of(corpusCollected)).toEqual([]);
  expect(await database.drizzle.select().from(internals().tables.jobs)).toEqual([]);
  expect(await database.drizzle.select().from(internals().tables.inbox)).toEqual([]);

  broken = false;
  expect(await host.bus.requeue(letter?.sequence ?? -1)).toBe(true);
  await host.events.until(corpusCollected);
  expect(attempts).toBe(4);
  await expect.poll(() => host.ports.metrics.text()).toContain(`${counted("handled")} 1\n`);
  expect(host.ports.metrics.text()).toContain(`${counted("failed")} 2\n`);
  expect(host.ports.metrics.text()).toContain(`${counted("parked")} 1\n`);
});

test("runSubscription() goes on with the next event when one is malformed", async () => {
  await hostOf(collector());
  const data = { runId: 7 } as unknown as typeof corpusCollect.example;
  await host.bus.publish([
    { ...(await host.publish("good", corpusCollect, corpusCollect.example)), id: crypto.randomUUID(), data },
  ]);
  await host.start();
  const [letter] = await deadLetters(1);
  expect(letter?.error).toEqual({
    name: "MalformedEventError",
    message: expect.stringMatching(/^reading the data of millrace\.corpus\.collect\.v1: runId: .*found 7/),
  });
  expect(letter?.attempts).toBe(0);
  await host.events.until(corpusCollected);
});

test("runSubscription() hands over what prepare() read, outside of the transaction", async () => {
  const seen = signalled();
  let found: unknown;
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      prepare: async (_event, context) => {
        const { sha256 } = await context.artifacts.put(new TextEncoder().encode("recipe"), "text/plain");
        // A peer uses the database too: it may not meet an open transaction.
        const health = await context.peers.fetch("ingestion", new Request("http://ingestion/readyz"));
        return { sha256, ready: health.status };
      },
      async handle(_event, _context, prepared) {
        found = prepared;
        seen.give();
      },
    }),
  );
  await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  await seen.given;
  expect(found).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), ready: 200 });
});

test("runSubscription() waits for a service that does not answer, and never parks for it", async () => {
  let away = 7;
  const seen = signalled();
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      async prepare() {
        if (away-- > 0) throw new UnreachableError('calling service "registry": it does not answer');
      },
      handle: async () => seen.give(),
    }),
  );
  await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  await seen.given;
  expect(await host.bus.deadLetters()).toEqual([]);
});

test("runSubscription() handles one at a time and in order when maxInFlight is 1", async () => {
  const order: string[] = [];
  const all = signalled();
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      maxInFlight: 1,
      async handle({ data }) {
        order.push(`begin ${data.runId}`);
        await Promise.resolve();
        order.push(`end ${data.runId}`);
        if (data.runId === "run-3") all.give();
      },
    }),
  );
  for (const runId of ["run-1", "run-2", "run-3"])
    await host.publish(runId, corpusCollect, { ...corpusCollect.example, runId });
  await host.start();
  await all.given;
  expect(order).toEqual(["begin run-1", "end run-1", "begin run-2", "end run-2", "begin run-3", "end run-3"]);
});

test("startServices() lets the handler at work finish when it is stopped", async () => {
  const [begun, goOn] = [signalled(), signalled()];
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      async handle(_event, context) {
        begun.give();
        await goOn.given;
        context.output("collected", corpusCollected, corpusCollected.example);
      },
    }),
  );
  await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  await begun.given;
  const stopped = host.stop();
  goOn.give();
  await stopped;
  expect(await host.events.until(corpusCollected)).toBeDefined();
});

test("output() refuses an event that the catalogue does not let the service emit", async () => {
  await hostOf(
    onEvent({
      name: "collect",
      version: 1,
      event: corpusCollect,
      maxAttempts: 1,
      async handle(_event, context) {
        context.output("start", EVENTS.pipelineStart, EVENTS.pipelineStart.example);
      },
    }),
  );
  await host.publish("one", corpusCollect, corpusCollect.example);
  await host.start();
  expect((await deadLetters(1))[0]?.error.message).toMatch(/found ingestion, wanted an emitter of it: automation/);
});

function internals() {
  const [service] = host.services;
  if (service === undefined) throw new Error("no service is under test");
  return service.internals;
}

function producerOf(eventId: string) {
  const of = { service: "ingestion", producer: "ingestion/collect@1", project: "default", root: false };
  return { ...of, eventId, correlationId: "run-1", subject: "run-1" };
}

/** Waits until there are so many dead letters; the bus gives no signal for them. */
function deadLetters(count: number) {
  return vi.waitFor(
    async () => {
      const found = await host.bus.deadLetters();
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    },
    { timeout: 30_000, interval: 20 },
  );
}
