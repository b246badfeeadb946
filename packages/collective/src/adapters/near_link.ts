/**
 * Links whose large payloads are not sent where both ends run on one machine: the receiver copies them out of the sender's memory, once,
 * where a socket takes two copies and most of the time around them. All else goes over the link beneath, which tells of losses.
 *
 * Frames of the link beneath, by their kind:
 *
 *     frame   of               one as it is
 *     left    of, at, bytes    one whose payload lies at an address of the sender
 *     here    reach, pid, at, mark
 *                              first of each end: where it runs, in which process, and where in that its mark lies
 *     seen                     the other end has found the mark there; from then on payloads are left to be read
 *     read    payloads         so many more have been read
 *
 * That the process is the one at the other end is asked of the kernel. The mark is read again behind every payload, and wiped before the
 * sender may change one, so that what was read before was whole.
 */
import { randomBytes } from "node:crypto";
import type { FrameHandler, FrameHeader } from "../frame.ts";
import { DEFAULT_FRAME_LIMITS } from "../frame.ts";
import type { Link } from "../link.ts";
import type { ProcessMemory, Stretch } from "./process_memory.ts";
import { holdsSocket } from "./socket_holder.ts";
import type { TcpLink } from "./tcp.ts";

/** Below this a payload is sent sooner than it is read. */
const LEAST_BYTES = 16_384;
const MARK_BYTES = 32;

/** What the links of a process have in common. */
export interface Nearness {
  /** The same text for processes that could read each other's memory. */
  readonly reach: string;
  readonly memory: ProcessMemory;
  /** Told why payloads to a process within reach are sent all the same. */
  unable(remote: string, reason: string): void;
}

/** Where payloads are read. */
interface Source {
  readonly memory: ProcessMemory;
  readonly pid: number;
  /** Where the mark lies, and the mark. */
  readonly at: number;
  readonly mark: Buffer;
}

/** Bytes that are nothing else's, and that lie still. */
function newMark(): Uint8Array<ArrayBuffer> {
  const mark = new Uint8Array(new ArrayBuffer(MARK_BYTES));
  mark.set(randomBytes(MARK_BYTES));
  mark[0]! |= 1;
  return mark;
}

/**
 * Lets large payloads of a link be read. Both ends have to.
 * @param near What this process has for it; without it all is sent.
 */
export function nearLink(link: TcpLink, near: Nearness | undefined): Link {
  // To be read here.
  const mark = newMark();
  // Once the other end has found the mark.
  let reader: ProcessMemory | undefined;
  let leftBytes = 0;
  let isEnding = false;
  // In the order of their frames: nothing else keeps their memory from being used for something else.
  const unread: Uint8Array[] = [];
  const idle: (() => void)[] = [];
  // To be read there.
  let source: Source | undefined;
  let isHeard = false;
  let readCount = 0;
  void link.closed.then(over);

  function over(): void {
    // A store that no later one overtakes, on whatever processor.
    Atomics.exchange(new Int32Array(mark.buffer), 0, 0);
    reader = undefined;
    unread.length = 0;
    wake();
  }

  function wake(): void {
    if (unread.length === 0) for (const resolve of idle.splice(0)) resolve();
  }

  async function drained(): Promise<void> {
    if (unread.length > 0) await new Promise<void>((resolve) => idle.push(resolve));
    await link.drained();
  }

  /** Reads the mark behind a payload, or alone. */
  function readFrom({ memory, pid, at, mark: wanted }: Source, payload?: Stretch): void {
    const seen = Buffer.from(new ArrayBuffer(MARK_BYTES));
    memory.read(pid, [...(payload ? [payload] : []), { at, into: seen }]);
    if (!seen.equals(wanted)) throw new Error(`process ${pid} has closed its end, or its mark is elsewhere`);
  }

  /** Finds out whether payloads of the other end can be read. */
  function find(frame: FrameHeader): void {
    if (isHeard) throw new TypeError("near link: an end said twice where it is");
    isHeard = true;
    if (near === undefined || frame["reach"] !== near.reach) return;
    const found = {
      memory: near.memory,
      pid: count(frame, "pid"),
      at: count(frame, "at"),
      mark: Buffer.from(String(frame["mark"]), "hex"),
    };
    try {
      if (!holdsSocket(found.pid, link.theirs, link.ours)) throw new Error(`process ${found.pid} is not its other end`);
      readFrom(found);
    } catch (error) {
      near.unable(link.remote, (error as Error).message);
      return;
    }
    source = found;
    link.send({ kind: "seen" });
  }

  function receiveUnsent(header: FrameHeader, frame: FrameHeader, handler: FrameHandler): void {
    const [at, bytes] = [count(frame, "at"), count(frame, "bytes")];
    if (source === undefined)
      throw new TypeError("near link: a payload was left to be read before its process was known");
    if (bytes > DEFAULT_FRAME_LIMITS.payloadBytes) {
      throw new RangeError(`payload of ${bytes} bytes; at most ${DEFAULT_FRAME_LIMITS.payloadBytes} are read`);
    }
    const into = handler.place(header, bytes);
    if (into !== undefined && into.length !== bytes) {
      throw new RangeError(`payload of ${bytes} bytes where ${into.length} were wanted`);
    }
    if (into !== undefined) readFrom(source, { at, into });
    if (readCount++ === 0) setImmediate(tellRead);
    if (into !== undefined) handler.receive(header, into);
  }

  /** Once for all that have been read in a turn. */
  function tellRead(): void {
    link.send({ kind: "read", payloads: readCount });
    readCount = 0;
  }

  function wereRead(payloads: number): void {
    if (payloads > unread.length) {
      throw new RangeError(`near link: ${payloads} payloads were read of ${unread.length} that were left to be read`);
    }
    unread.splice(0, payloads);
    wake();
  }

  function receive(frame: FrameHeader, payload: Uint8Array, handler: FrameHandler): void {
    const { kind, of } = frame;
    if (kind === "frame" && isObject(of)) handler.receive(of, payload);
    else if (kind === "left" && isObject(of)) receiveUnsent(of, frame, handler);
    else if (kind === "here") find(frame);
    else if (kind === "read") wereRead(count(frame, "payloads"));
    else if (kind === "seen" && near !== undefined && mark[0] !== 0) reader = near.memory;
    else throw new TypeError("near link: a frame of no kind that there is");
  }

  return {
    remote: link.remote,
    closed: link.closed,
    get sentBytes() {
      return link.sentBytes + leftBytes;
    },
    send(header, payload) {
      if (isEnding) return;
      if (reader === undefined || payload === undefined || payload.length < LEAST_BYTES) {
        link.send({ kind: "frame", of: header }, payload);
        return;
      }
      unread.push(payload);
      leftBytes += payload.length;
      link.send({ kind: "left", of: header, at: reader.addressOf(payload), bytes: payload.length });
    },
    drained,
    read(handler) {
      link.read({
        place(frame, sizeBytes) {
          if (isObject(frame["of"])) return handler.place(frame["of"], sizeBytes);
          throw new TypeError("near link: a payload without a frame");
        },
        receive: (frame, payload) => receive(frame, payload, handler),
      });
      if (near === undefined) return;
      const at = near.memory.addressOf(mark);
      link.send({ kind: "here", reach: near.reach, pid: process.pid, at, mark: Buffer.from(mark).toString("hex") });
    },
    close() {
      over();
      link.close();
    },
    end() {
      isEnding = true;
      void drained().then(() => link.end());
    },
  };
}

function isObject(value: unknown): value is FrameHeader {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function count(frame: FrameHeader, key: string): number {
  const value = frame[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`near link: expected "${key}" to be a whole number, got ${JSON.stringify(value)}`);
}
