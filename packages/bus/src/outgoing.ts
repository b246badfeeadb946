/** Turns events into the messages that adapters store, and refuses what does not fit. */
import { type CloudEvent, EventType, ProjectName, streamOf, subjectOf } from "@millrace/contracts";
import { MAX_EVENT_BYTES } from "./bus.ts";

/** One message for the log. */
export interface OutgoingMessage {
  readonly stream: string;
  readonly subject: string;
  /** By which a duplicate may be recognised. */
  readonly messageId: string;
  readonly payload: string;
  /** Set on a requeued event: which requeue it is, and the only consumer it is for. */
  readonly requeue?: { readonly count: number; readonly consumer: string };
}

/**
 * The message of an event. Beyond what forms the subject and the id, nothing is validated.
 * @throws {RangeError} If the project, type or id does not fit, no stream covers the type, or the event is too large.
 */
export function messageOf(event: CloudEvent): OutgoingMessage {
  const attempt = `publishing event "${event.id}" of type "${event.type}"`;
  if (!ProjectName.safeParse(event.project).success) {
    throw new RangeError(`${attempt}: project "${event.project}" is no project name`);
  }
  if (!EventType.safeParse(event.type).success) throw new RangeError(`${attempt}: that is no event type`);
  // Ids become header values: no line breaks, no spaces.
  if (!/^[\x21-\x7e]{1,200}$/.test(event.id))
    throw new RangeError(`${attempt}: expected an id of 1 to 200 printable characters`);
  const payload = JSON.stringify(event);
  const sizeBytes = new TextEncoder().encode(payload).length;
  if (sizeBytes > MAX_EVENT_BYTES) {
    throw new RangeError(
      `${attempt}: it has ${sizeBytes} bytes, at most ${MAX_EVENT_BYTES} are taken; refer to an artifact instead`,
    );
  }
  return { stream: streamOf(event.type).name, subject: subjectOf(event), messageId: event.id, payload };
}
