import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frameHead, frameReader } from "./frame.ts";
import type { FrameHeader } from "./frame.ts";

function bytesOf(frames: readonly { header: FrameHeader; payload: Uint8Array }[]): Uint8Array {
  const parts = frames.flatMap(({ header, payload }) => [frameHead(header, payload.length), payload]);
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

describe("frameReader()", () => {
  test("frameReader() gives back what was framed when the bytes are cut anywhere", () => {
    const frame = fc.record({
      header: fc.dictionary(fc.string(), fc.integer()),
      payload: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
        const got: { header: FrameHeader; payload: Uint8Array }[] = [];
        const reader = frameReader({
          place: (_, sizeBytes) => new Uint8Array(sizeBytes),
          receive: (header, payload) => got.push({ header, payload: payload.slice() }),
        });
        const bytes = bytesOf(frames);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % Math.max(1, cuts.length)] ?? 7;
          const part = bytes.subarray(at, at + (i % 2 === 0 ? size : Math.min(size, reader.space.length)));
          if (i % 2 === 0) reader.feed(part);
          else {
            reader.space.set(part);
            reader.filled(part.length);
          }
          at += part.length;
        }
        expect(got.map(({ header, payload }) => [{ ...header }, payload])).toEqual(
          frames.map(({ header, payload }) => [JSON.parse(JSON.stringify(header)), payload]),
        );
      }),
    );
  });

  test("frameReader() has bytes received where the handler wants the payload, a part at a time", () => {
    const place = new Uint8Array(5);
    const reader = frameReader({ place: () => place, receive: () => {} });
    reader.feed(frameHead({}, 5));
    expect(reader.space.buffer).toBe(place.buffer);
    expect(reader.space.length).toBe(5);
    reader.filled(2);
    expect([reader.space.byteOffset, reader.space.length]).toEqual([2, 3]);
    reader.filled(3);
    expect(reader.space.buffer).not.toBe(place.buffer);
  });

  test("frameReader() skips a payload that has no place, and reads the next frame", () => {
    const got: unknown[] = [];
    const { feed } = frameReader({
      place: (header) => (header["keep"] === true ? new Uint8Array(2) : undefined),
      receive: (header) => got.push(header),
    });
    feed(
      bytesOf([
        { header: { keep: false }, payload: new Uint8Array(200_000) },
        { header: { keep: true }, payload: new Uint8Array(2) },
      ]),
    );
    expect(got).toEqual([{ keep: true }]);
  });

  test("frameReader() throws on any garbage or takes it as frames within the limits, without allocating more", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        let asked = 0;
        const { feed } = frameReader(
          {
            place: (_, sizeBytes) => {
              asked = Math.max(asked, sizeBytes);
              return new Uint8Array(sizeBytes);
            },
            receive: () => {},
          },
          { headerBytes: 64, payloadBytes: 64 },
        );
        try {
          feed(bytes);
        } catch (error) {
          expect(error).toSatisfy((e) => e instanceof RangeError || e instanceof TypeError || e instanceof SyntaxError);
        }
        expect(asked).toBeLessThanOrEqual(64);
      }),
    );
  });
});
