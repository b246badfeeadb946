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
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });
const NOWHERE_BYTES = 65_536;

/** The bytes of a frame before its payload. */
export function frameHead(header: FrameHeader, payloadBytes: number): Uint8Array {
  const json = ENCODER.encode(JSON.stringify(header));
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

/**
 * Creates a reader. Heads of one kind are about equally long, so as many bytes as the last one had are asked for at once, which saves
 * reading a prefix and a header apart; what that reads of the payload is copied.
 */
export function frameReader(handler: FrameHandler, limits: FrameLimits = DEFAULT_FRAME_LIMITS): FrameReader {
  let head = new Uint8Array(PREFIX_BYTES);
  let headFilled = 0;
  // Of prefix and header; until the prefix is there, as many as the last frame's.
  let headBytes = PREFIX_BYTES;
  let header: FrameHeader | undefined;
  let nowhere: Uint8Array | undefined;
  // What the payload goes to; of what is skipped, the same few bytes again and again.
  let target: Uint8Array = EMPTY;
  let left = 0;
  let stage: "head" | "payload" | "skip" = "head";
  let space: Uint8Array = head;

  function expectHead(): void {
    stage = "head";
    headFilled = 0;
    space = head.subarray(0, headBytes);
  }

  function headArrived(sizeBytes: number): void {
    headFilled += sizeBytes;
    if (headFilled >= PREFIX_BYTES) {
      const view = new DataView(head.buffer);
      const headerBytes = view.getUint32(0, true);
      const payloadBytes = view.getUint32(4, true);
      if (headerBytes > limits.headerBytes || payloadBytes > limits.payloadBytes) {
        throw new RangeError(
          `frame of ${headerBytes} + ${payloadBytes} bytes; at most ${limits.headerBytes} + ${limits.payloadBytes} are taken`,
        );
      }
      headBytes = PREFIX_BYTES + headerBytes;
      if (headBytes > head.length) {
        const longer = new Uint8Array(headBytes);
        longer.set(head);
        head = longer;
      }
      if (headFilled >= headBytes) {
        // A copy: the next head is read into the same memory.
        const beyond = head.slice(headBytes, headFilled);
        beginPayload(payloadBytes);
        feed(beyond);
        return;
      }
    }
    space = head.subarray(headFilled, headBytes);
  }

  function beginPayload(payloadBytes: number): void {
    const json = DECODER.decode(head.subarray(PREFIX_BYTES, headBytes));
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw new TypeError("frame header: expected a JSON object");
    }
    header = parsed as FrameHeader;
    const place = payloadBytes === 0 ? EMPTY : handler.place(header, payloadBytes);
    if (place !== undefined && place.length !== payloadBytes) {
      throw new RangeError(`payload of ${payloadBytes} bytes where ${place.length} were wanted`);
    }
    stage = place === undefined ? "skip" : "payload";
    target = place ?? (nowhere ??= new Uint8Array(NOWHERE_BYTES));
    left = payloadBytes;
    space = target.subarray(0, left);
    if (left === 0) end();
  }

  function end(): void {
    const whole = stage === "payload" ? header! : undefined;
    const payload = target;
    expectHead();
    if (whole !== undefined) handler.receive(whole, payload);
  }

  function filled(sizeBytes: number): void {
    if (stage === "head") {
      headArrived(sizeBytes);
      return;
    }
    left -= sizeBytes;
    space = stage === "skip" ? target.subarray(0, left) : space.subarray(sizeBytes);
    if (left === 0) end();
  }

  function feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + space.length);
      if (stage !== "skip") space.set(part);
      at += part.length;
      filled(part.length);
    }
  }

  return {
    get space() {
      return space;
    },
    filled,
    feed,
  };
}
