/** One durable pull consumer a subscription. */
import {
  AckPolicy,
  type ConsumerConfig as StoredConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Delivery, Subscription } from "../bus.ts";
import { coveringSubject, passes } from "../filter.ts";
import { deadLetterMessage } from "../parking.ts";
import type { ConsumerConfig } from "../subscribe_options.ts";
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
export async function jetstreamSubscription(parts: JetStreamParts, config: ConsumerConfig): Promise<Subscription> {
  await ensureConsumer(parts.manager, config);
  const consumer = await parts.client.consumers.get(config.stream, config.consumer);
  const messages = await consumer.consume({ max_messages: config.maxInFlight, expires: PULL_MS });
  const ending = new AbortController();
  const ended = AbortSignal.any([parts.closing, ending.signal]);
  const stop = () => messages.stop();
  ended.addEventListener("abort", stop, { once: true });
  return {
    [Symbol.asyncIterator]: () => deliveries(parts, config, messages, ended),
    async close() {
      ending.abort();
    },
  };
}

async function ensureConsumer(manager: JetStreamManager, config: ConsumerConfig): Promise<void> {
  const { stream, consumer, types } = config;
  const changeable = {
    ack_wait: nanos(config.ackWaitMs),
    max_ack_pending: config.maxInFlight,
    ...(types && { filter_subject: coveringSubject(types, "*") }),
  };
  const found = await existing(manager, stream, consumer);
  if (!found) {
    const durable = {
      durable_name: consumer,
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
  if (!agrees) await manager.consumers.update(stream, consumer, changeable);
}

async function existing(manager: JetStreamManager, stream: string, name: string): Promise<StoredConfig | undefined> {
  try {
    return (await manager.consumers.info(stream, name)).config;
  } catch (error) {
    if (consumerMissing(error)) return undefined;
    throw error;
  }
}

async function* deliveries(
  parts: JetStreamParts,
  { stream, consumer, types }: ConsumerConfig,
  messages: ConsumerMessages,
  ended: AbortSignal,
): AsyncGenerator<Delivery> {
  for await (const message of messages) {
    const mine = passes(message.subject, types, undefined) && isFor(consumer, message.headers);
    // What was sent ahead of the end goes back at once instead of after its wait.
    if (ended.aborted) message.nak();
    else if (mine) yield deliveryOf(parts, stream, consumer, message);
    else message.ack();
  }
  if (!ended.aborted) throw new Error(`receiving for "${consumer}": the NATS connection was closed under it`);
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
