/** Dead letters: what is kept of an event that a consumer gave up, and how it comes back. */
import { DeadLetter, deadSubjectOf, STREAMS, typeOfSubject } from "@millrace/contracts";
import type { LoggedEvent, StoredDeadLetter } from "./bus.ts";
import { projectOfSubject, streamOfTypes } from "./filter.ts";
import type { OutgoingMessage } from "./outgoing.ts";

/** Longest error message that is kept, in UTF-16 units. */
const ERROR_LENGTH = 4000;

/** Stream of dead letters. */
export const DEAD_STREAM = deadStream();

function deadStream(): string {
  const found = STREAMS.find((stream) => stream.subjects.includes("millrace-dead.>"));
  if (!found) throw new RangeError('finding the stream of dead letters: no stream covers "millrace-dead.>"');
  return found.name;
}

/** What is stored when a consumer gives up. */
export interface Parking {
  readonly event: LoggedEvent;
  readonly consumer: string;
  readonly error: Error;
  readonly attempts: number;
  /** ms since 1970. */
  readonly parkedAt: number;
}

/** The dead letter as a message. Parking the same event again (after a crash before the acknowledgement) is a duplicate. */
export function deadLetterMessage({ event, consumer, error, attempts, parkedAt }: Parking): OutgoingMessage {
  const eventId = envelopeOf(event.payload)?.id ?? `${event.stream}-${event.sequence}`;
  const letter: DeadLetter = {
    consumer,
    eventId,
    subject: event.subject,
    payload: event.payload,
    error: { name: error.name, message: error.message.slice(0, ERROR_LENGTH) },
    attempts,
    requeues: event.requeues,
    parkedAt: new Date(parkedAt).toISOString(),
  };
  return {
    stream: DEAD_STREAM,
    subject: deadSubjectOf(projectOfSubject(event.subject), consumer),
    messageId: `${eventId}#parked${event.requeues}@${consumer}`,
    payload: JSON.stringify(letter),
  };
}

/**
 * A stored dead letter, read back.
 * @throws {Error} If the payload is none: only adapters write that stream.
 */
export function readDeadLetter(sequence: number, payload: string): StoredDeadLetter {
  return { sequence, ...DeadLetter.parse(JSON.parse(payload)) };
}

/**
 * The message that brings a parked event back. The consumer is part of the message id, since two consumers may park one event.
 */
export function requeueMessage(letter: DeadLetter): OutgoingMessage {
  const count = letter.requeues + 1;
  const envelope = envelopeOf(letter.payload);
  return {
    stream: streamOfTypes([typeOfSubject(letter.subject)]).name,
    subject: letter.subject,
    messageId: `${letter.eventId}#r${count}@${letter.consumer}`,
    payload: envelope ? JSON.stringify({ ...envelope, requeue: count }) : letter.payload,
    requeue: { count, consumer: letter.consumer },
  };
}

/** The payload as an object with a usable id; undefined when it is malformed, which is then parked as it is. */
function envelopeOf(payload: string): { readonly id: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("id" in value)) return undefined;
  const { id } = value;
  return typeof id === "string" && /^[\x21-\x7e]{1,200}$/.test(id) ? { ...value, id } : undefined;
}
