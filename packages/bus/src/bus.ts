/**
 * The port through which services speak: an append-only log of events and named consumers that each read it once.
 *
 * What every adapter promises:
 * - The log is ordered per subject. Processing is in that order only for subscriptions with `maxInFlight: 1`.
 * - Delivery is at least once. A delivery that is not settled within `ackWaitMs` comes again, without limit.
 * - A message id seen a short while ago may be dropped on publishing. That is an optimisation: nothing may rely on it.
 * - The bus knows envelopes and subjects, not event types: a delivery carries its payload as text, unparsed and unchecked.
 */
import type { CloudEvent, DeadLetter } from "@millrace/contracts";

export interface EventBus {
  readonly capabilities: BusCapabilities;

  /**
   * Appends events in the order given. When it fails, a prefix of them has been stored; publishing all of them again is safe.
   * @returns One receipt an event.
   * @throws {BusFullError} If the store has reached its limit. Nothing that is stored is dropped to make room.
   * @throws {RangeError} If an event is larger than `MAX_EVENT_BYTES`, or its project, type or id does not fit a subject.
   */
  publish(events: readonly CloudEvent[]): Promise<PublishReceipt[]>;

  /**
   * Opens a durable consumer: it starts at the beginning of the log when its name is new and goes on where it stopped otherwise.
   * Subscriptions of the same name, in this or another process, share the work.
   * @throws {RangeError} If `types` is empty or spans several streams (there is no order between streams: subscribe twice), or if
   * there is no such `stream`.
   */
  subscribe(options: SubscribeOptions): Promise<Subscription>;

  /** Reads a stream of the log up to its present end, in order. Moves no consumer. */
  replay(options: ReplayOptions): AsyncIterable<LoggedEvent>;

  /**
   * Follows the log live from now on, for viewers: nothing is acknowledged and nothing is kept for a viewer that went away.
   * Resolves once events published from now on are certain to be seen; the iteration ends when `signal` is aborted.
   */
  tail(options: TailOptions): Promise<AsyncIterable<LoggedEvent>>;

  /** Lists parked events, oldest first. */
  deadLetters(options?: DeadLetterOptions): Promise<StoredDeadLetter[]>;

  /**
   * Publishes a parked event again, for the consumer that parked it alone, and takes it off the list.
   * @param sequence `sequence` of the dead letter.
   * @returns False when there is no such dead letter (any more).
   */
  requeue(sequence: number): Promise<boolean>;

  /**
   * Asks the store whether it is there.
   * @throws {Error} If it does not answer; how long that takes to be sure of is the adapter's.
   */
  check(): Promise<void>;

  /** Ends subscriptions and tails. Deliveries that are not settled by then come again. */
  close(): Promise<void>;
}

/** What adapters differ in. */
export interface BusCapabilities {
  /** Processes on other hosts can take part. */
  readonly manyHosts: boolean;
  /** Sequences also order events of different streams. */
  readonly orderAcrossStreams: boolean;
}

export interface PublishReceipt {
  readonly stream: string;
  /** Place in the stream; that of the first copy where `duplicate`. */
  readonly sequence: number;
  /** True when the id was recognised and the event not stored again. */
  readonly duplicate: boolean;
}

/** What a consumer hears: some event types, all of one stream, or everything in a stream, also what no catalogue knows. */
export type Interest = { readonly types: readonly string[] } | { readonly stream: string };

export type SubscribeOptions = Interest & ConsumerOptions;

export interface ConsumerOptions {
  /** Durable name, `<service>-<handler>`: letters, digits, `-` and `_`, at most 120. */
  readonly consumer: string;
  /** Most deliveries that are unsettled at a time over all subscriptions of this name, 1 to 1000. Naked ones count while they wait. */
  readonly maxInFlight: number;
  /** Time in ms after which an unsettled delivery comes again, at least 100. It starts when the delivery reaches this process. */
  readonly ackWaitMs: number;
}

/** Yields deliveries until closed. Take only what is handled at once: the clock of `ackWaitMs` runs. */
export interface Subscription extends AsyncIterable<Delivery> {
  /** Stops deliveries; the iteration ends. What was handed out may still be settled. */
  close(): Promise<void>;
}

/** An event as it stands in the log. */
export interface LoggedEvent {
  readonly stream: string;
  /** Grows within a stream; gaps are normal. */
  readonly sequence: number;
  readonly subject: string;
  /** The envelope as JSON text, as it came: it may be malformed. */
  readonly payload: string;
  /** When it was stored, ms since 1970. */
  readonly storedAt: number;
  /** How often an operator has requeued it; 0 for an event that came by `publish`. */
  readonly requeues: number;
}

/** An event handed to a consumer. Exactly one of `ack`, `nak` and `park` settles it. */
export interface Delivery extends LoggedEvent {
  /** 1 for the first delivery. Crashes and expired waits count as well as `nak`. */
  readonly attempt: number;
  /** Settles it; resolves when the store has taken note. A store that crashes at that moment may deliver it again all the same. */
  ack(): Promise<void>;
  /** Asks for it again, not before `delayMs`. */
  nak(delayMs: number): Promise<void>;
  /** Still at work: `ackWaitMs` starts anew. */
  working(): Promise<void>;
  /**
   * Gives up: stores a dead letter with the error, then acknowledges.
   * @param error Why; name and message are kept.
   * @param attempts Failed attempts to record, as counted by the caller (a crash is no attempt).
   */
  park(error: Error, attempts: number): Promise<void>;
}

export interface ReplayOptions {
  /** Stream name. */
  readonly stream: string;
  /** First sequence to read. */
  readonly from: "start" | number;
  /** Only these event types; all of the stream when absent. */
  readonly types?: readonly string[];
  /** Only this project; all when absent. */
  readonly project?: string;
}

export interface TailOptions {
  /** Only these event types; all when absent. */
  readonly types?: readonly string[];
  /** Only this project; all when absent. */
  readonly project?: string;
  readonly signal: AbortSignal;
}

export interface DeadLetterOptions {
  readonly project?: string;
  readonly consumer?: string;
  /** Only those whose subject names this type; known to the catalogue or not. */
  readonly type?: string;
  /** Only those with a greater sequence: the page after this one. */
  readonly after?: number;
  /** Most to return. Default 100. */
  readonly limit?: number;
}

export type StoredDeadLetter = DeadLetter & { readonly sequence: number };

/** Largest event, in bytes of UTF-8 JSON: events carry references, not content. */
export const MAX_EVENT_BYTES = 256 * 1024;

/** The store has reached its limit. Retrying helps only after retention or an operator has made room. */
export class BusFullError extends Error {
  override readonly name = "BusFullError";
}
