import { expect, test } from "vitest";
import { traceIdOf, traceparentOf } from "./trace.ts";

const EVENT = "01234567-89ab-5def-8123-456789abcdef";

test("traceparentOf() keeps the trace of the cause and takes the span from the event", () => {
  const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  expect(traceparentOf(EVENT, parent)).toBe(`00-${"a".repeat(32)}-8123456789abcdef-00`);
});

test("traceparentOf() begins a trace of the event's own when the cause has none or a malformed one", () => {
  const own = "00-0123456789ab5def8123456789abcdef-8123456789abcdef-01";
  expect(traceparentOf(EVENT, undefined)).toBe(own);
  expect(traceparentOf(EVENT, "garbage")).toBe(own);
  expect(traceIdOf(own)).toBe("0123456789ab5def8123456789abcdef");
  expect(traceIdOf("garbage")).toBeUndefined();
});
