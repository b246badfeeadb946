/** Reading streams beside their consumers: to the end, and live. */
import { EVENT_STREAMS } from "@millrace/contracts";
import type {
  ConsumerMessages,
  JetStreamClient,
  JetStreamManager,
  NextMsgRequest,
  SeqMsgRequest,
} from "@nats-io/jetstream";
import type { LoggedEvent } from "../bus.ts";
import { receivedEvent, storedEvent } from "./jetstream_message.ts";

/**
 * How long the server holds a request for messages. It is also how soon a reader is back after the server was: the client waits as long
 * before it asks again whether its consumer is there, which a server that has just been started cannot tell yet.
 */
export const PULL_MS = 5_000;

/** Messages a live viewer is sent ahead. */
const READ_AHEAD = 64;

/**
 * Events of a stream from sequence `from` up to its present end. Each is asked for by its place: slower than a consumer, but it
 * leaves nothing on the server and knows for certain where the end is, also when retention removes messages meanwhile.
 * @param subject Filter.
 */
export async function* readToEnd(
  manager: JetStreamManager,
  stream: string,
  from: number,
  subject: string,
): AsyncGenerator<LoggedEvent> {
  const { state } = await manager.streams.info(stream);
  let seq = Math.max(from, 1);
  while (seq <= state.last_seq) {
    const query: NextMsgRequest & SeqMsgRequest = { seq, next_by_subj: subject };
    const message = await manager.streams.getMessage(stream, query);
    if (!message || message.seq > state.last_seq) return;
    yield storedEvent(stream, message);
    seq = message.seq + 1;
  }
}

/** Events of all streams but that of dead letters, from now on until `signal` is aborted. */
export async function follow(
  client: JetStreamClient,
  manager: JetStreamManager,
  signal: AbortSignal,
): Promise<AsyncGenerator<LoggedEvent>> {
  const opened: { stream: string; messages: ConsumerMessages }[] = [];
  for (const { name } of EVENT_STREAMS) {
    // A start by number, not "new": a consumer that is made anew after a lost connection would else begin with the whole log.
    const { state } = await manager.streams.info(name);
    const consumer = await client.consumers.get(name, { opt_start_seq: state.last_seq + 1 });
    opened.push({ stream: name, messages: await consumer.consume({ max_messages: READ_AHEAD, expires: PULL_MS }) });
  }
  const stop = () => opened.forEach(({ messages }) => messages.stop());
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return merge(
    opened.map(({ stream, messages }) => receivedEvents(stream, messages)),
    () => {
      signal.removeEventListener("abort", stop);
      stop();
    },
  );
}

async function* receivedEvents(stream: string, messages: ConsumerMessages): AsyncGenerator<LoggedEvent> {
  for await (const message of messages) yield receivedEvent(stream, message);
}

/** Yields of several iterations as they come; `dispose` runs when the reader leaves. */
async function* merge<T>(sources: AsyncGenerator<T>[], dispose: () => void): AsyncGenerator<T> {
  const step = async (source: AsyncGenerator<T>) => ({ source, result: await source.next() });
  const pending = new Map(sources.map((source) => [source, step(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(source);
      } else {
        pending.set(source, step(source));
        yield result.value;
      }
    }
  } finally {
    dispose();
  }
}
