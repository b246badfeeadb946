import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { describe, expect, type OnTestFinishedHandler, test } from "vitest";
import type { Delivery } from "../bus.ts";
import { busContract } from "../testing/bus_contract.ts";
import {
  all,
  CLEANED,
  labelOf,
  SHARD_CLEANED,
  type Taker,
  taker,
  testEvent,
  testEvents,
  TOKENIZER_TRAINED,
} from "../testing/events.ts";
import { jetstreamBusStore, jetstreamLeaseStore, natsStore } from "../testing/jetstream_stores.ts";
import { leaseContract } from "../testing/lease_contract.ts";
import { natsSkipReason } from "../testing/nats_server.ts";
import { jetstreamBus } from "./jetstream.ts";

const skipReason = natsSkipReason();
busContract("JetStream", jetstreamBusStore, skipReason);
leaseContract("JetStream", jetstreamLeaseStore, skipReason);

const CORPUS = "MILLRACE_CORPUS";
const OPTIONS = { consumer: "test-worker", types: [SHARD_CLEANED], maxInFlight: 1, ackWaitMs: 1000 };

async function opened(onTestFinished: (handler: OnTestFinishedHandler) => void) {
  const store = await natsStore();
  onTestFinished(() => store.close());
  const connection = await store.connect();
  return { ...store, connection, bus: await jetstreamBus(connection, { now: Date.now }) };
}

// At the same time: most wait for a server of their own.
describe.skipIf(skipReason)("jetstreamBus()", { concurrent: true }, () => {
  test("keeps what is settled and what is in flight when the server is started again", async ({ onTestFinished }) => {
    const { server, bus, connection } = await opened(onTestFinished);
    await bus.publish(await testEvents(3));
    const deliveries = taker(await bus.subscribe(OPTIONS));
    await (await deliveries.one()).ack();
    expect(labelOf(await deliveries.one())).toBe("1");
    const back = reconnected(connection);
    await server.stop();
    await server.start();
    await back;
    await bus.publish(await testEvents(1, "after "));
    expect(await untilAfter(deliveries)).toEqual(["1", "2", "after 0"]);
  });

  test("check() rejects while the server is away, and resolves when it is back", async ({ onTestFinished }) => {
    const { server, bus, connection } = await opened(onTestFinished);
    await server.kill();
    await expect(bus.check()).rejects.toThrow();
    const back = reconnected(connection);
    await server.start();
    await back;
    await bus.check();
  });

  test("tail() and a subscription that waited go on when the server was killed, twice, and came back", async ({
    onTestFinished,
  }) => {
    const { server, bus, connection } = await opened(onTestFinished);
    const stop = new AbortController();
    const tail = (await bus.tail({ signal: stop.signal }))[Symbol.asyncIterator]();
    const deliveries = taker(await bus.subscribe(OPTIONS));
    // The second time while the client still looks for what it lost the first time.
    for (const _ of [1, 2]) {
      const back = reconnected(connection);
      await server.kill();
      await server.start();
      await back;
    }
    const seen = tail.next();
    await bus.publish(await testEvents(1));
    expect(labelOf(await deliveries.one())).toBe("0");
    expect((await seen).value?.payload).toContain("millrace.corpus.shard.cleaned.v1");
    stop.abort();
  });

  test("loses no event when the server is killed, though it may deliver what was settled just before", async ({
    onTestFinished,
  }) => {
    const { server, bus, connection } = await opened(onTestFinished);
    await bus.publish(await testEvents(3));
    const deliveries = taker(await bus.subscribe(OPTIONS));
    await (await deliveries.one()).ack();
    expect(labelOf(await deliveries.one())).toBe("1");
    const back = reconnected(connection);
    await server.kill();
    await server.start();
    await back;
    await bus.publish(await testEvents(1, "after "));
    const labels = await untilAfter(deliveries);
    expect(labels.filter((label) => label !== "0")).toEqual(["1", "2", "after 0"]);
  });

  test("tail() shows nothing of the past when the server is started again", async ({ onTestFinished }) => {
    const { server, bus, connection } = await opened(onTestFinished);
    await bus.publish(await testEvents(3));
    const stop = new AbortController();
    const seen = taker(await bus.tail({ signal: stop.signal, types: [SHARD_CLEANED] }));
    const first = seen.one(60_000);
    const back = reconnected(connection);
    await server.stop();
    await server.start();
    await back;
    await bus.publish(await testEvents(1, "after "));
    expect(labelOf(await first)).toBe("after 0");
    stop.abort();
  });

  test("delivers a foreign message as it is, which can be parked and requeued", async ({ onTestFinished }) => {
    const { bus, connection } = await opened(onTestFinished);
    await connection.request("millrace.default.corpus.shard.cleaned.v1", "{not json");
    const deliveries = taker(await bus.subscribe(OPTIONS));
    for (let requeues = 0; requeues < 3; requeues++) {
      const delivery = await deliveries.one();
      expect(delivery).toMatchObject({ payload: "{not json", attempt: 1, requeues });
      await delivery.park(new SyntaxError("no JSON"), 1);
      const [letter, ...others] = await bus.deadLetters();
      expect(others).toEqual([]);
      expect(letter).toMatchObject({ eventId: `${CORPUS}-${delivery.sequence}`, payload: "{not json", requeues });
      expect(await bus.requeue(letter?.sequence ?? 0)).toBe(true);
    }
  });

  test("subscribe() applies other types, wait and limit to the consumer it finds", async ({ onTestFinished }) => {
    const { bus, connection } = await opened(onTestFinished);
    await (await bus.subscribe({ ...OPTIONS, types: [CLEANED] })).close();
    await (await bus.subscribe({ ...OPTIONS, types: [CLEANED, TOKENIZER_TRAINED] })).close();
    const changed = { ...OPTIONS, types: [SHARD_CLEANED], maxInFlight: 7, ackWaitMs: 2000 };
    const deliveries = taker(await bus.subscribe(changed));
    await bus.publish([await testEvent("a")]);
    expect(labelOf(await deliveries.one())).toBe("a");
    const { config } = await (await jetstreamManager(connection)).consumers.info(CORPUS, OPTIONS.consumer);
    expect(config).toMatchObject({
      filter_subject: "millrace.*.corpus.shard.cleaned.v1",
      max_ack_pending: 7,
      ack_wait: 2_000_000_000,
      max_deliver: -1,
    });
  });

  test("changes nothing in the streams when it is opened again, and the limit when it is opened with another", async ({
    onTestFinished,
  }) => {
    const { bus, connection } = await opened(onTestFinished);
    await bus.publish(await testEvents(1));
    const manager = await jetstreamManager(connection);
    const before = (await manager.streams.info(CORPUS)).config;
    await Promise.all([jetstreamBus(connection, { now: Date.now }), jetstreamBus(connection, { now: Date.now })]);
    expect((await manager.streams.info(CORPUS)).config).toEqual(before);
    await jetstreamBus(connection, { now: Date.now, maxBytes: 10_000_000 });
    expect((await manager.streams.info(CORPUS)).config).toEqual({ ...before, max_bytes: 10_000_000 });
    expect(await all(bus.replay({ stream: CORPUS, from: "start" }))).toHaveLength(1);
  });

  test("gives a stream of an older version the subjects it lacks, and keeps what is in it", async ({
    onTestFinished,
  }) => {
    const { bus, connection } = await opened(onTestFinished);
    await bus.publish(await testEvents(1));
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info(CORPUS);
    await manager.streams.update(CORPUS, { subjects: ["millrace.*.corpus.>"] });
    const tokenizer = await testEvent("a", TOKENIZER_TRAINED);
    await expect(bus.publish([tokenizer])).rejects.toThrow();
    const updated = await jetstreamBus(connection, { now: Date.now });
    expect((await manager.streams.info(CORPUS)).config.subjects).toEqual(config.subjects);
    await updated.publish([tokenizer]);
    expect(await all(bus.replay({ stream: CORPUS, from: "start" }))).toHaveLength(2);
  });

  test("ends a subscription with an error when the connection is closed under it", async ({ onTestFinished }) => {
    const { bus, connection } = await opened(onTestFinished);
    const iteration = all(await bus.subscribe(OPTIONS));
    await connection.close();
    await expect(iteration).rejects.toThrow(/closed under it/);
  });
});

/** Acknowledges deliveries up to the event "after 0"; the labels, in order. */
async function untilAfter(deliveries: Taker<Delivery>): Promise<string[]> {
  const labels: string[] = [];
  while (labels.at(-1) !== "after 0") {
    const delivery = await deliveries.one(60_000);
    labels.push(labelOf(delivery));
    await delivery.ack();
  }
  return labels;
}

/** Resolves when a connection has lost its server and found it again. */
async function reconnected(connection: NatsConnection): Promise<void> {
  for await (const { type } of connection.status()) if (type === "reconnect") return;
}
