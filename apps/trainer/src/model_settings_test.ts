import { expect, test } from "vitest";
import { tokensOf } from "./model_settings.ts";

test("tokensOf() joins shards in the order of their numbers", () => {
  const blobs = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`train.${i}`, Uint8Array.of(i, 1)]));
  expect([...tokensOf("train", { ...blobs, "validation.0": Uint8Array.of(9, 9) }, "uint16")]).toEqual(
    Array.from({ length: 11 }, (_, i) => 256 + i),
  );
  expect(tokensOf("validation", {}, "uint32")).toHaveLength(0);
});

test("tokensOf() throws when a shard is missing or cut short", () => {
  expect(() => tokensOf("train", { "train.1": new Uint8Array(2) }, "uint16")).toThrow(
    "1 shards, numbered without a gap only up to 0",
  );
  expect(() => tokensOf("train", { "train.0": new Uint8Array(3) }, "uint16")).toThrow(
    "3 bytes are not a whole number of uint16",
  );
});
