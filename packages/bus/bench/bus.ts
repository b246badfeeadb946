/**
 * Question: what does the bus cost over the bare NATS client? Publish and deliver rates of both adapters, and of the bare client
 * against the same server, with events of one size. The contenders take turns in one process; medians of five rounds.
 */
import { type Figure, type Typical, typical } from "@millrace/benchmark";
import type { CloudEvent } from "@millrace/contracts";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { jetstreamBus } from "../src/adapters/jetstream.ts";
import { connectNats } from "../src/adapters/nats_connection.ts";
import { sqliteBus } from "../src/adapters/sqlite.ts";
import type { EventBus } from "../src/bus.ts";
import { SHARD_CLEANED, testEvents } from "../src/testing/events.ts";
import { natsSkipReason, startNatsServer } from "../src/testing/nats_server.ts";
import { temporaryLog } from "../src/testing/sqlite_stores.ts";

const PEER = "bare @nats-io/jetstream client";
const EVENTS = 2000;
const ROUNDS = 5;
/** Publishers at once, and deliveries in flight. */
const CONCURRENCY = 64;
const BATCH = 100;

/** Publishing in three manners, and receiving with acknowledgement; each resolves when all events are through. */
interface Contender {
  readonly name: string;
  oneByOne(events: readonly CloudEvent[]): Promise<void>;
  concurrently(events: readonly CloudEvent[]): Promise<void>;
  inBatches(events: readonly CloudEvent[]): Promise<void>;
  /** Receives everything that was published so far. */
  deliver(count: number): Promise<void>;
}

const MEASURES = ["oneByOne", "concurrently", "inBatches"] as const;

/** Runs `work` over the items with a bounded number at once. */
async function atOnce<T>(items: readonly T[], limit: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}

function busContender(name: string, bus: EventBus): Contender {
  let consumers = 0;
  return {
    name,
    oneByOne: (events) => atOnce(events, 1, (event) => bus.publish([event])),
    concurrently: (events) => atOnce(events, CONCURRENCY, (event) => bus.publish([event])),
    inBatches: (events) => atOnce(batches(events), 1, (batch) => bus.publish(batch)),
    async deliver(count) {
      const consumer = `bench-${consumers++}`;
      const subscription = await bus.subscribe({
        consumer,
        types: [SHARD_CLEANED],
        maxInFlight: CONCURRENCY,
        ackWaitMs: 60_000,
      });
      const acknowledged: Promise<void>[] = [];
      for await (const delivery of subscription) {
        acknowledged.push(delivery.ack());
        if (acknowledged.length === count) break;
      }
      await Promise.all(acknowledged);
      await subscription.close();
    },
  };
}

async function bareContender(connection: NatsConnection): Promise<Contender> {
  const client = jetstream(connection);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "BENCH", subjects: ["bench.>"] });
  const publish = (event: CloudEvent) => client.publish("bench.event", JSON.stringify(event));
  let consumers = 0;
  return {
    name: "bare",
    oneByOne: (events) => atOnce(events, 1, publish),
    concurrently: (events) => atOnce(events, CONCURRENCY, publish),
    inBatches: (events) => atOnce(batches(events), 1, (batch) => Promise.all(batch.map(publish))),
    async deliver(count) {
      const durable_name = `bench-${consumers++}`;
      await manager.consumers.add("BENCH", {
        durable_name,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: CONCURRENCY,
      });
      const messages = await (await client.consumers.get("BENCH", durable_name)).consume({ max_messages: CONCURRENCY });
      const acknowledged: Promise<boolean>[] = [];
      for await (const message of messages) {
        acknowledged.push(message.ackAck());
        if (acknowledged.length === count) break;
      }
      await Promise.all(acknowledged);
      await messages.close();
    },
  };
}

/** Events a second of every contender at every measure, over the rounds. */
async function measure(contenders: readonly Contender[]): Promise<Map<string, Typical>> {
  const rates = new Map<string, number[]>();
  const time = async (key: string, count: number, work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    rates.set(key, [...(rates.get(key) ?? []), (count / (performance.now() - start)) * 1000]);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) {
      for (const measure of MEASURES) {
        const events = await testEvents(EVENTS, `${round} ${measure} `);
        await time(`${contender.name} ${measure}`, EVENTS, () => contender[measure](events));
      }
      const count = (round + 1) * MEASURES.length * EVENTS;
      await time(`${contender.name} deliver`, count, () => contender.deliver(count));
    }
  }
  return new Map([...rates].map(([key, values]) => [key, typical(values)]));
}

/** Runs the benchmark; gives one figure at a time. Without nats-server, only SQLite is measured, with no peer. */
export async function* run(): AsyncIterable<Figure> {
  const { file, remove } = await temporaryLog();
  const embedded = sqliteBus({ file, now: Date.now });
  const server = natsSkipReason() === undefined ? await startNatsServer() : undefined;
  const connection = server && (await connectNats({ servers: server.url, name: "bench" }));
  try {
    const contenders = [busContender("sqlite", embedded)];
    if (connection) {
      contenders.push(busContender("jetstream", await jetstreamBus(connection, { now: Date.now })));
      contenders.push(await bareContender(connection));
    }
    const rates = await measure(contenders);
    for (const { name } of contenders) {
      for (const measure of [...MEASURES, "deliver"]) {
        const own = rates.get(`${name} ${measure}`);
        if (own === undefined) throw new RangeError(`bus/${name}/${measure} was not measured`);
        const bare = name === "bare" ? undefined : rates.get(`bare ${measure}`);
        yield {
          name: `bus/${name}/${measure}`,
          configuration: { events: EVENTS, concurrency: measure === "oneByOne" ? 1 : CONCURRENCY, batch: BATCH },
          ...own,
          unit: "events/s",
          peer: bare === undefined ? null : PEER,
          ratio: bare === undefined ? null : own.value / bare.value,
        };
      }
    }
  } finally {
    await embedded.close();
    await connection?.close();
    await server?.remove();
    await remove();
  }
}
