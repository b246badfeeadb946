/**
 * Parks what no handler would: a message whose type is not in the catalogue reaches no subscription, and neither does a broken one of
 * a type that nobody subscribes to. One service hears every stream as a whole for their sake. What comes under a type that somebody
 * subscribes to is judged, and parked, there: each message has one kind of judge, so nothing is parked twice over.
 */
import type { Delivery } from "@millrace/bus";
import { CATALOGUE, hasSubscriber, typeOfSubject } from "@millrace/contracts";
import { takeDeliveries } from "./deliveries.ts";
import type { Ports } from "./ports.ts";
import { MalformedEventError, receivedEvent, refuseUnknown } from "./received_event.ts";
import { EVENTS_SETTLED, noneParked } from "./service_metrics.ts";
import type { Timing } from "./timing.ts";

/** Looking at a message takes no time; this only hides the way to the bus and back. */
const MAX_IN_FLIGHT = 16;

/**
 * Looks at every message of a stream until `signal` is aborted.
 * @param service Name of the service it is done by; with the stream's it makes the durable consumer.
 */
export async function runAudit(
  service: string,
  stream: string,
  { bus, log, metrics }: Pick<Ports, "bus" | "log" | "metrics">,
  timing: Pick<Timing, "ackWaitMs">,
  signal: AbortSignal,
): Promise<void> {
  const consumer = `${service}-audit_${stream.replace("MILLRACE_", "").toLowerCase()}`;
  const options = { consumer, stream, maxInFlight: MAX_IN_FLIGHT, ackWaitMs: timing.ackWaitMs };
  // What is no event names no project.
  const labels = { service, project: "", consumer };
  noneParked(metrics, labels);
  await takeDeliveries(bus, options, log, signal, async (delivery) => {
    const problem = problemOf(delivery);
    if (problem === undefined) return delivery.ack();
    log.warn("parked a message that no handler hears", { subject: delivery.subject, error: problem });
    await delivery.park(problem, 0);
    metrics.add(EVENTS_SETTLED, { ...labels, outcome: "parked" });
  });
}

/** What is wrong with a message that no subscription judges; undefined if nothing is, or if one does. */
function problemOf(delivery: Pick<Delivery, "payload" | "subject">): Error | undefined {
  const definition = CATALOGUE.get(typeOfSubject(delivery.subject));
  if (definition !== undefined && hasSubscriber(definition)) return undefined;
  try {
    if (definition === undefined) refuseUnknown(delivery);
    else receivedEvent(delivery, definition);
    return undefined;
  } catch (error) {
    if (error instanceof MalformedEventError) return error;
    throw error;
  }
}
