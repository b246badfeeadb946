/**
 * The embedded event bus: a log in one SQLite file, through Node's own binding. It needs nothing installed, survives `kill -9`,
 * and may be shared by processes of one host. Ids are recognised as long as the event is retained, longer than the port asks.
 */
import { STREAMS } from "@millrace/contracts";
import type { EventBus, LoggedEvent } from "../bus.ts";
import { passes } from "../filter.ts";
import { messageOf } from "../outgoing.ts";
import { DEAD_STREAM, readDeadLetter, requeueMessage } from "../parking.ts";
import { checkSubscribe } from "../subscribe_options.ts";
import { sqliteConsumer } from "./sqlite_consumer.ts";
import { openSqliteFile } from "./sqlite_file.ts";
import { releaseDeadHolders } from "./sqlite_holder.ts";
import { sqliteLog } from "./sqlite_log.ts";
import { follow, readDeadLetters, readToEnd } from "./sqlite_reading.ts";
import { sqliteSubscription } from "./sqlite_subscription.ts";
import { sqliteWake } from "./sqlite_wake.ts";

export { copySqliteLog } from "./sqlite_copy.ts";
export { type SqliteLease, sqliteLease } from "./sqlite_lease.ts";

const HOUR_MS = 3_600_000;

export interface SqliteBusOptions {
  /** Path of the file, made when absent; its folder must exist. */
  readonly file: string;
  /** ms since 1970. */
  readonly now: () => number;
  /** Size of the log in bytes at which publishing is refused; consumers go on. Default: no limit but the disk's. */
  readonly maxBytes?: number;
}

/**
 * Opens the embedded bus.
 * @throws {Error} If the file cannot be opened or has a newer format.
 */
export function sqliteBus({ file, now, maxBytes = Infinity }: SqliteBusOptions): EventBus {
  const database = openSqliteFile(file);
  releaseDeadHolders(database);
  const log = sqliteLog(database, now, maxBytes);
  const wake = sqliteWake(database, now);
  const closing = new AbortController();
  let nextExpiry = 0;

  function expire(): void {
    if (now() < nextExpiry) return;
    nextExpiry = now() + HOUR_MS;
    log.expire();
  }

  function assertOpen(attempt: string): void {
    if (closing.signal.aborted) throw new Error(`${attempt}: the event bus "${file}" is closed`);
  }

  return {
    capabilities: { manyHosts: false, orderAcrossStreams: true },

    async publish(events) {
      assertOpen("publishing");
      expire();
      const receipts = log.append(events.map(messageOf));
      wake.all();
      return receipts;
    },

    async subscribe(options) {
      assertOpen(`subscribing "${options.consumer}"`);
      const config = checkSubscribe(options);
      const parts = { log, wake, now, closing: closing.signal, assertOpen };
      return sqliteSubscription(parts, sqliteConsumer(database, now, config), config.consumer);
    },

    async *replay({ stream, from, types, project }) {
      assertOpen(`replaying ${stream}`);
      checkStream(stream);
      for (const event of readToEnd(log, stream, from === "start" ? 1 : from)) {
        if (passes(event.subject, types, project)) yield event;
      }
    },

    async tail({ types, project, signal }) {
      assertOpen("tailing");
      const events = follow(log, wake, log.end(), AbortSignal.any([signal, closing.signal]));
      return filter(events, ({ stream, subject }) => stream !== DEAD_STREAM && passes(subject, types, project));
    },

    async deadLetters(options = {}) {
      assertOpen("listing dead letters");
      return readDeadLetters(log, options);
    },

    async requeue(sequence) {
      assertOpen("requeueing");
      const [event] = log.read(DEAD_STREAM, sequence - 1, 1);
      if (event?.sequence !== sequence) return false;
      log.append([requeueMessage(readDeadLetter(sequence, event.payload))]);
      log.remove(sequence);
      wake.all();
      return true;
    },

    async check() {
      assertOpen("checking");
      log.end();
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      wake.close();
      database.close();
    },
  };
}

async function* filter(
  events: AsyncIterable<LoggedEvent>,
  wanted: (event: LoggedEvent) => boolean,
): AsyncGenerator<LoggedEvent> {
  for await (const event of events) if (wanted(event)) yield event;
}

function checkStream(name: string): void {
  if (STREAMS.some((stream) => stream.name === name)) return;
  throw new RangeError(`replaying "${name}": expected one of ${STREAMS.map((stream) => stream.name).join(", ")}`);
}
