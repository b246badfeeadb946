import { CATALOGUE, CloudEvent, problemsOf, subjectOf } from "@millrace/contracts";
import type { Delivery } from "@millrace/bus";
import type { z } from "zod";
import type { Subscription } from "./handler.ts";

/** A message that no attempt can make good: not an event, not the event it should be, or not of the catalogue. */
class MalformedEventError extends Error {
  override readonly name = "MalformedEventError";
}

/**
 * Parses a delivery into the event that a subscription handles.
 * @throws {MalformedEventError} With what was found and wanted.
 */
export function receivedEvent(delivery: Pick<Delivery, "payload" | "subject">, subscription: Subscription): CloudEvent {
  const message = jsonOf(delivery.payload);
  const envelope = parsed(CloudEvent, message, "the envelope");
  const wanted = subscription.event;
  if (envelope.type !== wanted.type) {
    const known = CATALOGUE.has(envelope.type) ? "" : ", which the catalogue does not know";
    throw new MalformedEventError(`reading an event: found type ${envelope.type}${known}, wanted ${wanted.type}`);
  }
  // The subject is what a sender's permissions are about, so the envelope may not claim another project.
  if (delivery.subject !== subjectOf(envelope)) {
    throw new MalformedEventError(`reading an event: found subject ${delivery.subject}, wanted ${subjectOf(envelope)}`);
  }
  return { ...envelope, data: parsed(wanted.schema, envelope.data, `the data of ${wanted.type}`) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedEventError(`reading an event: wanted JSON, found ${JSON.stringify(text.slice(0, 80))}`, {
      cause,
    });
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = problemsOf(result.error, value).map(({ message }) => message);
  throw new MalformedEventError(`reading ${what}: ${problems.join("; ")}`);
}
