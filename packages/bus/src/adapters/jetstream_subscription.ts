/** One durable pull consumer a subscription. */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Delivery, SubscribeOptions, Subscription } from "../bus.ts";
import { coveringSubject, passes } from "../filter.ts";
import { deadLetterMessage } from "../parking.ts";
import { consumerMissing } from "./jetstream_errors.ts";
import { PULL_MS } from "./jetstream_reading.ts";
import { isFor, receivedEvent, store } from "./jetstream_message.ts";

/** What a subscription needs of its bus. */
export interface JetStreamParts {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly now: () => number;
  /** Aborted when the bus is closed. */
  readonly closing: AbortSignal;
}

/** Opens the durable consumer and starts pulling. */
export async function jetstreamSubscription(
  parts: JetStreamParts,
  stream: string,
  options: SubscribeOptions,
): Promise<Subscription> {
  await ensureConsumer(parts.manager, stream, options);
  const consumer = await parts.client.consumers.get(stream, options.consumer);
  const messages = await consumer.consume({ max_messages: options.maxInFlight, expires: PULL_MS });
  const ending = new AbortController();
  const ended = AbortSignal.any([parts.closing, ending.signal]);
  const stop = () => messages.stop();
  ended.addEventListener("abort", stop, { once: true });
  return {
    [Symbol.asyncIterator]: () => deliveries(parts, stream, options, messages, ended),
    async close() {
      ending.abort();
    },
  };
}

async function ensureConsumer(manager: JetStreamManager, stream: string, options: SubscribeOptions): Promise<void> {
  const changeable = {
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: options.maxInFlight,
    filter_subject: coveringSubject(options.types, "*"),
  };
  const found = await existing(manager, stream, options.consumer);
  if (!found) {
    const durable = {
      durable_name: options.consumer,
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.Explicit,
    };
    await manager.consumers.add(stream, { ...durable, max_deliver: -1, ...changeable });
    return;
  }
  const agrees =
    found.ack_wait === changeable.ack_wait &&
    found.max_ack_pending === changeable.max_ack_pending &&
    found.filter_subject === changeable.filter_subject;
  if (!agrees) await manager.consumers.update(stream, options.consumer, changeable);
}

async function existing(manager: JetStreamManager, stream: string, name: string): Promise<ConsumerConfig | undefined> {
  try {
    return (await manager.consumers.info(stream, name)).config;
  } catch (error) {
    if (consumerMissing(error)) return undefined;
    throw error;
  }
}

async function* deliveries(
  parts: JetStreamParts,
  stream: string,
  options: SubscribeOptions,
  messages: ConsumerMessages,
  ended: AbortSignal,
): AsyncGenerator<Delivery> {
  for await (const message of messages) {
    const mine = passes(message.subject, options.types, undefined) && isFor(options.consumer, message.headers);
    // What was sent ahead of the end goes back at once instead of after its wait.
    if (ended.aborted) message.nak();
    else if (mine) yield deliveryOf(parts, stream, options.consumer, message);
    else message.ack();
  }
  if (!ended.aborted) throw new Error(`receiving for "${options.consumer}": the NATS connection was closed under it`);
}

function deliveryOf(parts: JetStreamParts, stream: string, consumer: string, message: JsMsg): Delivery {
  const event = receivedEvent(stream, message);
  async function ack(): Promise<void> {
    await message.ackAck();
  }
  return {
    ...event,
    attempt: message.info.deliveryCount,
    ack,
    async nak(delayMs) {
      message.nak(delayMs);
    },
    async working() {
      message.working();
    },
    async park(error, attempts) {
      await store(parts.client, deadLetterMessage({ event, consumer, error, attempts, parkedAt: parts.now() }));
      await ack();
    },
  };
}
