import { expect, test } from "vitest";
import { MessageWriter } from "./protobuf.ts";

test("MessageWriter writes the encodings of the Protocol Buffers guide", () => {
  const inner = new MessageWriter().integer(1, 150);
  expect([...inner.finish()]).toEqual([0x08, 0x96, 0x01]);
  expect([...new MessageWriter().message(3, inner).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
  expect([...new MessageWriter().string(2, "testing").finish()]).toEqual([0x12, 7, ...Buffer.from("testing")]);
  expect([...new MessageWriter().float(16, 1).finish()]).toEqual([0x85, 0x01, 0, 0, 0x80, 0x3f]);
  expect([...new MessageWriter().double(1, 1).finish()]).toEqual([0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
});

test("MessageWriter writes a negative integer as ten bytes of two's complement", () => {
  expect([...new MessageWriter().integer(1, -1).finish()]).toEqual([0x08, ...Array.from({ length: 9 }, () => 0xff), 1]);
});

test("MessageWriter refuses a number that is not an integer", () => {
  expect(() => new MessageWriter().integer(1, 0.5)).toThrow("found 0.5, wanted an integer");
});
