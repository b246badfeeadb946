/**
 * The event bus and lease ports. Adapters stand behind their own doors, `@millrace/bus/sqlite` (embedded) and
 * `@millrace/bus/jetstream` (NATS); `@millrace/bus/testing` has the contract suites they pass and a NATS server kit.
 *
 * ```ts
 * import type { EventBus } from "@millrace/bus";
 * import { sqliteBus } from "@millrace/bus/sqlite";
 *
 * const bus: EventBus = sqliteBus({ file: ".millrace/bus.sqlite", now: Date.now });
 * const subscription = await bus.subscribe({
 *   consumer: "feature-train_tokenizer",
 *   types: ["millrace.corpus.built.v1"],
 *   maxInFlight: 1,
 *   ackWaitMs: 30_000,
 * });
 * for await (const delivery of subscription) {
 *   console.log(delivery.subject, delivery.payload);
 *   await delivery.ack();
 * }
 * ```
 *
 * @module
 */
export { BusFullError, MAX_EVENT_BYTES } from "./bus.ts";
export type {
  BusCapabilities,
  ConsumerOptions,
  DeadLetterOptions,
  Delivery,
  EventBus,
  Interest,
  LoggedEvent,
  PublishReceipt,
  ReplayOptions,
  StoredDeadLetter,
  SubscribeOptions,
  Subscription,
  TailOptions,
} from "./bus.ts";
export type { Holding, Lease, LeaseResult } from "./lease.ts";
