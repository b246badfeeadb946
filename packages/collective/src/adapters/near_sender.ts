/**
 * Payloads that are left where they lie, for the other end to read. The mark is wiped before any of them may be changed, so that what was
 * read before it was whole.
 */
import { randomBytes } from "node:crypto";
import type { FrameHeader } from "../frame.ts";
import type { Link } from "../link.ts";
import { MARK_BYTES } from "./near_wire.ts";
import type { ProcessMemory } from "./process_memory.ts";

/** Below this a payload is sent sooner than it is read. */
const LEAST_BYTES = 16_384;
/** Once so much is left to be read, what follows waits: a reader copies it in one go, about 10 ms in which it does nothing else. */
const ENOUGH_UNREAD_BYTES = 32 * 2 ** 20;

/** What goes out over a link, of which payloads may be left to be read. */
export interface NearSender {
  /** Read by the other end, to know that memory is still what it was. */
  readonly mark: Uint8Array;
  /** Bytes that were given to `send` and not to the link: payloads that are left to be read, and frames that wait. */
  readonly keptBytes: number;
  /** From now on payloads are left to be read, but after the link is closed. */
  leave(memory: ProcessMemory): void;
  /** In order; once enough is left to be read, what follows waits. */
  send(header: FrameHeader, payload?: Uint8Array): void;
  /** The other end has read so many. @throws {RangeError} If fewer were left. */
  wereRead(payloads: number): void;
  /** Resolves when nothing waits and nothing is left to be read, or the link is closed. */
  drained(): Promise<void>;
  /** Nothing more is to be read: the link is closed. */
  over(): void;
}

/** @param link Which carries the frames. */
export function nearSender(link: Pick<Link, "send">): NearSender {
  const mark = newMark();
  let memory: ProcessMemory | undefined;
  let leftBytes = 0;
  let unreadBytes = 0;
  // In the order of their frames: nothing else keeps their memory from being used for something else.
  const unread: Uint8Array[] = [];
  const waiting: { readonly header: FrameHeader; readonly payload: Uint8Array | undefined }[] = [];
  const idle: (() => void)[] = [];

  function flush(): void {
    while (unreadBytes < ENOUGH_UNREAD_BYTES) {
      const frame = waiting.shift();
      if (frame === undefined) break;
      pass(frame.header, frame.payload);
    }
    if (unread.length === 0) for (const resolve of idle.splice(0)) resolve();
  }

  function pass(header: FrameHeader, payload: Uint8Array | undefined): void {
    if (memory === undefined || payload === undefined || payload.length < LEAST_BYTES) {
      link.send({ kind: "frame", of: header }, payload);
      return;
    }
    unread.push(payload);
    unreadBytes += payload.length;
    leftBytes += payload.length;
    link.send({ kind: "left", of: header, at: memory.addressOf(payload), bytes: payload.length });
  }

  return {
    mark,
    get keptBytes() {
      return leftBytes + waiting.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
    },
    leave(own) {
      if (mark[0] !== 0) memory = own;
    },
    send(header, payload) {
      waiting.push({ header, payload });
      flush();
    },
    wereRead(payloads) {
      if (payloads > unread.length) {
        throw new RangeError(`near link: ${payloads} payloads were read of ${unread.length} that were left to be read`);
      }
      for (const { length } of unread.splice(0, payloads)) unreadBytes -= length;
      flush();
    },
    async drained() {
      if (unread.length > 0) await new Promise<void>((resolve) => idle.push(resolve));
    },
    over() {
      // A store that no later one overtakes, on whatever processor.
      Atomics.exchange(new Int32Array(mark.buffer), 0, 0);
      memory = undefined;
      unreadBytes = 0;
      waiting.length = 0;
      unread.length = 0;
      flush();
    },
  };
}

/** Bytes that are nothing else's, and that lie still. */
function newMark(): Uint8Array<ArrayBuffer> {
  const mark = new Uint8Array(new ArrayBuffer(MARK_BYTES));
  mark.set(randomBytes(MARK_BYTES));
  mark[0]! |= 1;
  return mark;
}
