/**
 * Brings deliveries to handlers. For each: parse; commit the inbox row together with what the handler did; publish its outputs;
 * acknowledge. A crash between any two of these is made good by the redelivery. Errors of a handler are counted in the database and
 * park the event in the end; a crash, or a database, bus or service that cannot be reached, is not an error of the handler.
 */
import type { CloudEvent } from "@millrace/contracts";
import type { Delivery } from "@millrace/bus";
import { and, eq, sql } from "drizzle-orm";
import { takeDeliveries } from "./deliveries.ts";
import { commitEffect, type Effect, findEffect, type InboxKey, publishEffect } from "./effect.ts";
import type { Subscription } from "./handler.ts";
import type { Log } from "./log.ts";
import type { Producer } from "./output_event.ts";
import { UnreachableError } from "./peers.ts";
import { type Ports, withPorts } from "./ports.ts";
import { receivedEvent } from "./received_event.ts";
import type { Service } from "./service.ts";
import { EVENT_SECONDS, EVENT_WAIT_SECONDS, EVENTS_SETTLED, noneParked } from "./service_metrics.ts";
import type { Timing } from "./timing.ts";
import { traceIdOf } from "./trace.ts";

/** What a loop itself needs; each delivery has ports of its own. */
type LoopPorts = Pick<Ports, "bus" | "log" | "metrics">;

/** Durable name of a subscription. */
export function consumerOf(service: Pick<Service, "name">, subscription: Pick<Subscription, "name">): string {
  return `${service.name}-${subscription.name}`;
}

/** Handles what is delivered to a subscription until `signal` is aborted, then waits for the handlers that are at work. */
export async function runSubscription(
  service: Service,
  subscription: Subscription,
  ports: LoopPorts,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const { bus, log } = ports;
  const { maxInFlight } = subscription;
  const consumer = consumerOf(service, subscription);
  const options = { consumer, types: [subscription.event.type], maxInFlight, ackWaitMs: timing.ackWaitMs };
  await takeDeliveries(bus, options, log, signal, (delivery) =>
    settle(service, subscription, delivery, ports, timing, signal),
  );
}

/** Takes one delivery to its end: acknowledged, asked for again, or parked. */
async function settle(
  service: Service,
  subscription: Subscription,
  delivery: Delivery,
  { log, metrics }: LoopPorts,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let event: CloudEvent;
  try {
    event = receivedEvent(delivery, subscription.event);
  } catch (error) {
    log.warn("parked a message that is no event of the catalogue", { subject: delivery.subject, error });
    await delivery.park(asError(error), 0);
    const labels = { service: service.name, project: "", consumer: consumerOf(service, subscription) };
    return metrics.add(EVENTS_SETTLED, { ...labels, outcome: "parked" });
  }
  const keepAlive = setInterval(() => {
    delivery.working().catch((error: unknown) => log.warn("extending a delivery failed", { error }));
  }, timing.ackWaitMs / 3);
  try {
    await withPorts(service.openPorts, (ports) =>
      handle(ports, service, subscription, event, delivery, timing, signal),
    );
  } finally {
    clearInterval(keepAlive);
  }
}

async function handle(
  ports: Ports,
  service: Service,
  subscription: Subscription,
  event: CloudEvent,
  delivery: Delivery,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const key = {
    consumer: consumerOf(service, subscription),
    inboxId: event.id,
    requeues: delivery.requeues,
  };
  const log = ports.log.with({ consumer: key.consumer, eventId: event.id, traceId: traceIdOf(event.traceparent) });
  const labels = { service: service.name, project: event.project, consumer: key.consumer };
  const settled = (outcome: string): void => ports.metrics.add(EVENTS_SETTLED, { ...labels, outcome });
  noneParked(ports.metrics, labels);
  const startMs = ports.now();
  // Clocks of hosts differ a little; one that waited for another try says nothing of the queue.
  const waitedMs = Math.max(0, startMs - delivery.storedAt);
  if (delivery.attempt === 1) ports.metrics.observe(EVENT_WAIT_SECONDS, labels, waitedMs / 1000);
  let effect: Effect;
  try {
    effect = await effectOf(ports, service, subscription, event, key, delivery.attempt, log, signal);
  } catch (error) {
    // Stopping is not the handler's fault.
    if (signal.aborted) return delivery.nak(0);
    if (error instanceof UnreachableError) {
      log.warn("a handler waits for another service", { error });
      return delivery.nak(timing.retryDelayMs(delivery.attempt));
    }
    const attempts = await countFailure(ports, service, key, asError(error)).catch((away: unknown) => {
      log.error("a handler's failure could not be counted; it is tried again", { error, away });
    });
    if (attempts === undefined) return delivery.nak(timing.retryDelayMs(delivery.attempt));
    const bound = subscription.maxAttempts;
    log.error("handler failed", { attempts, bound, error });
    if (attempts < bound) {
      settled("failed");
      return delivery.nak(timing.retryDelayMs(attempts));
    }
    await delivery.park(asError(error), attempts);
    return settled("parked");
  }
  try {
    await publishEffect(ports, service.internals, key, effect.events);
  } catch (error) {
    log.error("publishing a handler's events failed; they are kept", { error });
    return delivery.nak(timing.retryDelayMs(delivery.attempt));
  }
  ports.metrics.observe(EVENT_SECONDS, labels, (ports.now() - startMs) / 1000);
  settled(effect.repeated ? "repeated" : "handled");
  if (delivery.attempt > 1) await forgetFailures(ports, service, key);
  await delivery.ack();
}

async function effectOf(
  ports: Ports,
  service: Service,
  subscription: Subscription,
  event: CloudEvent,
  key: InboxKey,
  attempt: number,
  log: Log,
  signal: AbortSignal,
): Promise<Effect> {
  const before = attempt > 1 ? await findEffect(ports, service.internals, key) : undefined;
  if (before !== undefined) return before;
  const { project, traceparent } = event;
  const artifacts = ports.artifacts.forProject(project);
  const now = (): number => ports.now();
  const { peers, database } = ports;
  const db = database.drizzle;
  const prepared = await subscription.prepare?.(event, { db, project, artifacts, peers, log, signal, now });
  const by: Producer = {
    service: service.name,
    producer: `${service.name}/${subscription.name}@${subscription.version}`,
    project,
    root: false,
    eventId: event.id,
    correlationId: event.correlationid,
    subject: event.subject,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return commitEffect(ports, service.internals, key, by, (context) => subscription.handle(event, context, prepared));
}

/** Counts a failed attempt; an event that was requeued starts anew. */
async function countFailure(ports: Ports, service: Service, key: InboxKey, error: Error): Promise<number> {
  const { failures } = service.internals.tables;
  const text = `${error.name}: ${error.message}`;
  const now = { requeues: key.requeues, error: text, failedAt: ports.now() };
  const [row] = await ports.database.drizzle
    .insert(failures)
    .values({ consumer: key.consumer, eventId: key.inboxId, attempts: 1, ...now })
    .onConflictDoUpdate({
      target: [failures.consumer, failures.eventId],
      set: {
        ...now,
        attempts: sql`case when ${failures.requeues} < ${key.requeues} then 1 else ${failures.attempts} + 1 end`,
      },
    })
    .returning({ attempts: failures.attempts });
  return row?.attempts ?? 1;
}

async function forgetFailures(ports: Ports, service: Service, key: InboxKey): Promise<void> {
  const { failures } = service.internals.tables;
  await ports.database.drizzle
    .delete(failures)
    .where(and(eq(failures.consumer, key.consumer), eq(failures.eventId, key.inboxId)));
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
