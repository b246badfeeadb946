/**
 * Length-framed messages: u32 header bytes, u32 payload bytes (little endian), a JSON header, a raw payload.
 *
 * The reader asks where a payload belongs before the payload arrives, so that large vectors land in their place without
 * a second copy. Sizes are checked against limits before anything is allocated.
 */
export interface FrameLimits {
  /** Largest header in bytes (default 65536). */
  readonly headerBytes: number;
  /** Largest payload in bytes (default 1 MiB). */
  readonly payloadBytes: number;
}

/** Enough for every message of a run; a blob or vector travels as many frames. */
export const DEFAULT_FRAME_LIMITS: FrameLimits = { headerBytes: 65_536, payloadBytes: 1_048_576 };

/** The JSON object at the head of a frame; its meaning is the receiver's business. */
export type FrameHeader = Record<string, unknown>;

/** What a reader of frames calls. */
export interface FrameHandler {
  /** Memory of exactly `sizeBytes` for a payload about to arrive, or undefined to skip payload and frame. */
  place(header: FrameHeader, sizeBytes: number): Uint8Array | undefined;
  /** A whole frame; the payload is what `place` gave, or empty. */
  receive(header: FrameHeader, payload: Uint8Array): void;
}

const PREFIX_BYTES = 8;
const EMPTY = new Uint8Array(0);
const NOWHERE_BYTES = 65_536;

/** The bytes of a frame before its payload. */
export function frameHead(header: FrameHeader, payloadBytes: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(PREFIX_BYTES + json.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, payloadBytes, true);
  head.set(json, PREFIX_BYTES);
  return head;
}

/** Reads frames from bytes cut anywhere. */
export interface FrameReader {
  /**
   * Where the next bytes belong, for whoever can receive them there: never empty, and the same until `filled` is called. A payload's
   * is the memory that the handler gave.
   */
  readonly space: Uint8Array;
  /**
   * Takes note of bytes that lie at the beginning of `space`.
   * @throws {RangeError} If a frame is larger than the limits. @throws {TypeError} If a header is not a JSON object. What the handler
   *   throws passes through.
   */
  filled(sizeBytes: number): void;
  /** Copies bytes to where they belong. Throws as `filled`. */
  feed(bytes: Uint8Array): void;
}

/** Creates a reader. */
export function frameReader(handler: FrameHandler, limits: FrameLimits = DEFAULT_FRAME_LIMITS): FrameReader {
  const prefix = new Uint8Array(PREFIX_BYTES);
  let header: FrameHeader | undefined;
  let nowhere: Uint8Array | undefined;
  // What the stage's bytes go to; of what is skipped, the same few bytes again and again.
  let target: Uint8Array = prefix;
  let left = PREFIX_BYTES;
  let payloadBytes = 0;
  let stage: "prefix" | "header" | "payload" | "skip" = "prefix";
  let space: Uint8Array = prefix;

  function expect(next: typeof stage, into: Uint8Array, sizeBytes: number): void {
    stage = next;
    target = into;
    left = sizeBytes;
    space = into.subarray(0, sizeBytes);
  }

  function beginHeader(): void {
    const view = new DataView(prefix.buffer);
    const headerBytes = view.getUint32(0, true);
    payloadBytes = view.getUint32(4, true);
    if (headerBytes > limits.headerBytes || payloadBytes > limits.payloadBytes) {
      throw new RangeError(
        `frame of ${headerBytes} + ${payloadBytes} bytes; at most ${limits.headerBytes} + ${limits.payloadBytes} are taken`,
      );
    }
    expect("header", new Uint8Array(headerBytes), headerBytes);
  }

  function beginPayload(): void {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(target));
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw new TypeError("frame header: expected a JSON object");
    }
    header = parsed as FrameHeader;
    if (payloadBytes === 0) {
      expect("payload", EMPTY, 0);
      return;
    }
    const place = handler.place(header, payloadBytes);
    if (place !== undefined && place.length !== payloadBytes) {
      throw new RangeError(`payload of ${payloadBytes} bytes where ${place.length} were wanted`);
    }
    if (place === undefined) expect("skip", (nowhere ??= new Uint8Array(NOWHERE_BYTES)), payloadBytes);
    else expect("payload", place, payloadBytes);
  }

  /** Moves on from whatever is whole; a header or payload may be empty, and so whole at once. */
  function settle(): void {
    if (left > 0) return;
    if (stage === "prefix") beginHeader();
    else if (stage === "header") beginPayload();
    else {
      const whole = stage === "payload" ? header! : undefined;
      const payload = target;
      expect("prefix", prefix, PREFIX_BYTES);
      if (whole !== undefined) handler.receive(whole, payload);
      return;
    }
    settle();
  }

  function filled(sizeBytes: number): void {
    left -= sizeBytes;
    space = stage === "skip" ? target.subarray(0, left) : space.subarray(sizeBytes);
    settle();
  }

  return {
    get space() {
      return space;
    },
    filled,
    feed(bytes) {
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + space.length);
        if (stage !== "skip") space.set(part);
        at += part.length;
        filled(part.length);
      }
    },
  };
}
