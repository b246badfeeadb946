import { describe, expect, test } from "vitest";
import { CATALOGUE, EVENTS } from "./catalogue.ts";
import { EventType } from "./envelope.ts";
import { streamOf } from "./streams.ts";

describe("catalogue", () => {
  test("names every event once", () => {
    expect(CATALOGUE.size).toBe(Object.keys(EVENTS).length);
  });

  test.each([...CATALOGUE.values()])(
    "$type has a valid type, a stream, and an example that its schema accepts",
    (definition) => {
      expect(EventType.safeParse(definition.type).error).toBeUndefined();
      expect(streamOf(definition.type).name).toMatch(/^MILLRACE_/);
      expect(definition.schema.safeParse(definition.example).error).toBeUndefined();
      expect(definition.consumers.length).toBeGreaterThan(0);
    },
  );

  test.each([...CATALOGUE.values()])("$type refuses an unknown key", (definition) => {
    expect(definition.schema.safeParse({ ...(definition.example as object), surprise: 1 }).success).toBe(false);
  });

  test.each([...CATALOGUE.values()])("$type carries no document text: its example stays small", (definition) => {
    expect(JSON.stringify(definition.example).length).toBeLessThan(2048);
  });
});
