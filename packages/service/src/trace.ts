/**
 * W3C trace context over events: a chain of events is one trace, and each event is a span whose id comes from the event's id, so that
 * an event published twice is one span.
 * @see https://www.w3.org/TR/trace-context/
 */

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Trace context of an event, below its cause's; a trace of its own when the cause has none. */
export function traceparentOf(eventId: string, parent: string | undefined): string {
  const hex = eventId.replaceAll("-", "");
  const [, traceId, flags] = TRACEPARENT.exec(parent ?? "") ?? [];
  return `00-${traceId ?? hex}-${hex.slice(16)}-${flags ?? "01"}`;
}

/** Trace id of a context, or undefined if it is malformed or absent. */
export function traceIdOf(traceparent: string | null | undefined): string | undefined {
  return TRACEPARENT.exec(traceparent ?? "")?.[1];
}
