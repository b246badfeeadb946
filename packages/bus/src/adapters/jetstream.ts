/**
 * The event bus on NATS JetStream, with the features of server 2.9: one file-backed stream a domain, one durable pull consumer a
 * subscription with one subject filter. A list of filters needs 2.10, so a subscription to several types pulls the narrowest
 * subject that covers them and acknowledges the rest unseen: order over its types holds, which a consumer a type would lose. One
 * to all of a stream has no filter.
 * `term(reason)` is never sent, since 2.9 ignores it: a dead letter is published, then the event is acknowledged.
 */
import { typeOfSubject } from "@millrace/contracts";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import type { EventBus, LoggedEvent, PublishReceipt, StoredDeadLetter } from "../bus.ts";
import { coveringSubject, passes } from "../filter.ts";
import { messageOf } from "../outgoing.ts";
import { DEAD_STREAM, readDeadLetter, requeueMessage } from "../parking.ts";
import { checkSubscribe } from "../subscribe_options.ts";
import { streamMissing } from "./jetstream_errors.ts";
import { store } from "./jetstream_message.ts";
import { follow, readToEnd } from "./jetstream_reading.ts";
import { ensureStreams } from "./jetstream_streams.ts";
import { jetstreamSubscription } from "./jetstream_subscription.ts";

export { jetstreamLease } from "./jetstream_lease.ts";
export { connectNats, type NatsOptions } from "./nats_connection.ts";

export interface JetStreamBusOptions {
  /** ms since 1970, for the time in dead letters. */
  readonly now: () => number;
  /** Size of each stream in bytes at which publishing is refused. Default: no limit but the server's. */
  readonly maxBytes?: number;
}

/**
 * Opens the bus on a connection, making the streams where they are absent. Closing the bus leaves the connection open.
 * @param connection Should reconnect for ever (`connectNats` does): a subscription throws when it is closed under it.
 * @throws {Error} If the server has no JetStream.
 */
export async function jetstreamBus(
  connection: NatsConnection,
  { now, maxBytes = -1 }: JetStreamBusOptions,
): Promise<EventBus> {
  const client = jetstream(connection);
  const manager = await jetstreamManager(connection);
  await ensureStreams(manager, maxBytes);
  const closing = new AbortController();

  function assertOpen(attempt: string): void {
    if (closing.signal.aborted) throw new Error(`${attempt}: the event bus is closed`);
  }

  return {
    capabilities: { manyHosts: true, orderAcrossStreams: false },

    async publish(events) {
      assertOpen("publishing");
      const receipts: PublishReceipt[] = [];
      // One after the other: sent together, a lost one in the middle would come after its successors when it is sent again.
      for (const message of events.map(messageOf)) receipts.push(await store(client, message));
      return receipts;
    },

    async subscribe(options) {
      assertOpen(`subscribing "${options.consumer}"`);
      const config = checkSubscribe(options);
      return jetstreamSubscription({ client, manager, now, closing: closing.signal }, config);
    },

    async *replay({ stream, from, types, project }) {
      assertOpen(`replaying ${stream}`);
      const covering = types === undefined ? undefined : coveringSubject(types, project ?? "*");
      try {
        for await (const event of readToEnd(manager, stream, from === "start" ? 1 : from, covering ?? ">")) {
          if (passes(event.subject, types, project)) yield event;
        }
      } catch (error) {
        if (streamMissing(error))
          throw new RangeError(`replaying "${stream}": there is no such stream`, { cause: error });
        throw error;
      }
    },

    async tail({ types, project, signal }) {
      assertOpen("tailing");
      const events = await follow(client, manager, AbortSignal.any([signal, closing.signal]));
      return filter(events, ({ subject }) => passes(subject, types, project));
    },

    async deadLetters({ project = "*", consumer = "*", type, after = 0, limit = 100 } = {}) {
      assertOpen("listing dead letters");
      const letters: StoredDeadLetter[] = [];
      if (limit < 1) return letters;
      for await (const { sequence, payload } of readToEnd(
        manager,
        DEAD_STREAM,
        after + 1,
        `millrace-dead.${project}.${consumer}`,
      )) {
        const letter = readDeadLetter(sequence, payload);
        if (type === undefined || typeOfSubject(letter.subject) === type) letters.push(letter);
        if (letters.length >= limit) break;
      }
      return letters;
    },

    async requeue(sequence) {
      assertOpen("requeueing");
      const letter = await manager.streams.getMessage(DEAD_STREAM, { seq: sequence });
      if (!letter) return false;
      await store(client, requeueMessage(readDeadLetter(sequence, letter.string())));
      await manager.streams.deleteMessage(DEAD_STREAM, sequence, false);
      return true;
    },

    async check() {
      assertOpen("checking");
      await manager.getAccountInfo();
    },

    async close() {
      closing.abort();
    },
  };
}

async function* filter(
  events: AsyncIterable<LoggedEvent>,
  wanted: (event: LoggedEvent) => boolean,
): AsyncGenerator<LoggedEvent> {
  for await (const event of events) if (wanted(event)) yield event;
}
