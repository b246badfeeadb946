import { CATALOGUE, CloudEvent, type EventDefinition, problemsOf, subjectOf } from "@millrace/contracts";
import type { Delivery } from "@millrace/bus";
import type { z } from "zod";

/** A message that no attempt can make good: not an event, not the event it should be, or not of the catalogue. */
export class MalformedEventError extends Error {
  override readonly name = "MalformedEventError";
}

type Message = Pick<Delivery, "payload" | "subject">;

/**
 * Parses a delivery into the event that it should be.
 * @param wanted What comes under its subject.
 * @throws {MalformedEventError} With what was found and wanted.
 */
export function receivedEvent(message: Message, wanted: Pick<EventDefinition, "type" | "schema">): CloudEvent {
  const envelope = envelopeOf(message);
  if (envelope.type !== wanted.type) {
    const known = CATALOGUE.has(envelope.type) ? "" : ", which the catalogue does not know";
    throw new MalformedEventError(`reading an event: found type ${envelope.type}${known}, wanted ${wanted.type}`);
  }
  checkSubject(message, envelope);
  return { ...envelope, data: parsed(wanted.schema, envelope.data, `the data of ${wanted.type}`) };
}

/**
 * Refuses a message whose subject names no type of the catalogue, for what it is: no event, one under a wrong subject, or an unknown one.
 * @throws {MalformedEventError} Always.
 */
export function refuseUnknown(message: Message): never {
  const envelope = envelopeOf(message);
  checkSubject(message, envelope);
  throw new MalformedEventError(`reading an event: found type ${envelope.type}, which the catalogue does not know`);
}

function envelopeOf({ payload }: Message): CloudEvent {
  return parsed(CloudEvent, jsonOf(payload), "the envelope");
}

/** The subject is what a sender's permissions are about, so the envelope may not claim another project. */
function checkSubject({ subject }: Message, envelope: CloudEvent): void {
  if (subject !== subjectOf(envelope)) {
    throw new MalformedEventError(`reading an event: found subject ${subject}, wanted ${subjectOf(envelope)}`);
  }
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
  const problems = problemsOf(result.error, value, schema).map(({ message }) => message);
  throw new MalformedEventError(`reading ${what}: ${problems.join("; ")}`);
}
