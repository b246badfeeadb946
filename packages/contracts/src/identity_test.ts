import { expect, test } from "vitest";
import { outputEventId, rootEventId, uuidV5 } from "./identity.ts";

test("uuidV5() gives version 5, variant 10", async () => {
  expect(await uuidV5("x")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("outputEventId() depends on cause, producer and output key, and on how they are divided", async () => {
  const ids = await Promise.all([
    outputEventId("a", "b@1", "c"),
    outputEventId("a", "b@1", "c"),
    outputEventId("a", "b@2", "c"),
    outputEventId("a", "b@1", "d"),
    outputEventId("ab", "@1", "c"),
  ]);
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(4);
});

test("rootEventId() is the same for the same idempotency key", async () => {
  expect(await rootEventId("default", "t", "k")).toBe(await rootEventId("default", "t", "k"));
  expect(await rootEventId("default", "t", "k")).not.toBe(await rootEventId("other", "t", "k"));
});
