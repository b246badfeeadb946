/** Hands out what a consumer claims, one delivery at a time, as it is asked for. */
import type { Delivery, Subscription } from "../bus.ts";
import { deadLetterMessage } from "../parking.ts";
import type { Claim, SqliteConsumer } from "./sqlite_consumer.ts";
import type { SqliteLog } from "./sqlite_log.ts";
import type { Wake } from "./sqlite_wake.ts";

/** What a subscription needs of its bus. */
export interface SqliteParts {
  readonly log: SqliteLog;
  readonly wake: Wake;
  readonly now: () => number;
  /** Aborted when the bus is closed. */
  readonly closing: AbortSignal;
  /** @throws {Error} If the bus is closed. */
  assertOpen(attempt: string): void;
}

/** Opens the iteration over a consumer's deliveries. */
export function sqliteSubscription(parts: SqliteParts, consumer: SqliteConsumer, name: string): Subscription {
  const { wake, closing } = parts;
  const ending = new AbortController();
  const ended = AbortSignal.any([closing, ending.signal]);
  async function* deliveries(): AsyncGenerator<Delivery> {
    while (!ended.aborted) {
      const claim = consumer.claim();
      if (claim) yield deliveryOf(parts, consumer, name, claim);
      else await wake.next(name);
    }
  }
  return {
    [Symbol.asyncIterator]: deliveries,
    async close() {
      ending.abort();
      wake.only(name);
    },
  };
}

function deliveryOf(parts: SqliteParts, consumer: SqliteConsumer, name: string, claim: Claim): Delivery {
  const { log, wake, now, assertOpen } = parts;
  const { event, attempt } = claim;
  const settling = `settling delivery ${event.sequence} of "${name}"`;
  async function ack(): Promise<void> {
    assertOpen(settling);
    consumer.settle(event.sequence);
    wake.only(name);
  }
  return {
    ...event,
    attempt,
    ack,
    async nak(delayMs) {
      assertOpen(settling);
      consumer.giveBack(claim, delayMs);
      wake.only(name);
    },
    async working() {
      assertOpen(settling);
      consumer.extend(claim);
    },
    async park(error, attempts) {
      assertOpen(settling);
      log.append([deadLetterMessage({ event, consumer: name, error, attempts, parkedAt: now() })]);
      wake.all();
      await ack();
    },
  };
}
