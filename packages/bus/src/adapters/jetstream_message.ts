/** Messages of the log as the server keeps them. */
import type { JetStreamClient, JsMsg, StoredMsg } from "@nats-io/jetstream";
import { headers, type MsgHdrs } from "@nats-io/nats-core";
import { BusFullError, type LoggedEvent, type PublishReceipt } from "../bus.ts";
import type { OutgoingMessage } from "../outgoing.ts";
import { storeFull } from "./jetstream_errors.ts";

/** Which requeue a message is. */
const REQUEUE_HEADER = "Millrace-Requeue";
/** The only consumer a requeued message is for. */
const CONSUMER_HEADER = "Millrace-Consumer";

/**
 * Stores one message.
 * @throws {BusFullError} If the stream has reached its limit.
 */
export async function store(client: JetStreamClient, message: OutgoingMessage): Promise<PublishReceipt> {
  const { stream, subject, messageId, payload, requeue } = message;
  const fields = headers();
  if (requeue) {
    fields.set(REQUEUE_HEADER, `${requeue.count}`);
    fields.set(CONSUMER_HEADER, requeue.consumer);
  }
  try {
    const receipt = await client.publish(subject, payload, {
      msgID: messageId,
      headers: fields,
      expect: { streamName: stream },
    });
    return { stream, sequence: receipt.seq, duplicate: receipt.duplicate };
  } catch (error) {
    if (!storeFull(error)) throw error;
    throw new BusFullError(`publishing "${messageId}": stream ${stream} has reached its limit`, { cause: error });
  }
}

/** Is a message for this consumer, as far as requeueing goes? */
export function isFor(consumer: string, fields: MsgHdrs | undefined): boolean {
  const addressee = fields?.get(CONSUMER_HEADER) ?? "";
  return addressee === "" || addressee === consumer;
}

/** A message that a consumer received. */
export function receivedEvent(stream: string, message: JsMsg): LoggedEvent {
  return {
    stream,
    sequence: message.seq,
    subject: message.subject,
    payload: message.string(),
    storedAt: message.time.getTime(),
    requeues: requeuesOf(message.headers),
  };
}

/** A message that was read by its place. */
export function storedEvent(stream: string, message: StoredMsg): LoggedEvent {
  return {
    stream,
    sequence: message.seq,
    subject: message.subject,
    payload: message.string(),
    storedAt: message.time.getTime(),
    requeues: requeuesOf(message.header),
  };
}

function requeuesOf(fields: MsgHdrs | undefined): number {
  return Number(fields?.get(REQUEUE_HEADER) || 0);
}
