/**
 * Links whose large payloads are not sent where both ends run on one machine: the receiver copies them out of the sender's memory, once,
 * where a socket takes two copies and most of the time around them. All else goes over the link beneath, which tells of losses.
 *
 * Frames of the link beneath, by what their header has:
 *
 *     of               a frame as it is
 *     of, at, bytes    a frame whose payload lies at an address of the sender
 *     here, nonce      where the receiver runs, and a riddle for the sender
 *     pid, proof       the sender runs there too: its process, and the address of the riddle's answer
 *     seen, unseen     the receiver has read the answer there, or why not; only then is a payload left to be read
 *     read             so many more payloads have been read
 *
 * The answer shows that the sender can write in that process. It depends on the connection, so that nobody can pass on another's. It is read
 * again behind every payload and wiped before the sender may change one, so that what was read before was whole.
 */
import { createHash, randomBytes } from "node:crypto";
import type { FrameHandler, FrameHeader } from "../frame.ts";
import { DEFAULT_FRAME_LIMITS } from "../frame.ts";
import type { Link } from "../link.ts";
import type { ProcessMemory, Stretch } from "./process_memory.ts";
import type { TcpLink } from "./tcp.ts";

/** Below this a payload is sent sooner than it is read. */
const LEAST_BYTES = 16_384;
const PROOF_BYTES = 32;

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
  readonly at: number;
  readonly answer: Buffer;
}

function answerTo(nonce: string, ends: string): Buffer {
  return createHash("sha256").update(`the memory at the other end\n${nonce}\n${ends}`).digest();
}

/**
 * Lets large payloads of a link be read. Both ends have to.
 * @param near What this process has for it; without it all is sent.
 */
export function nearLink(link: TcpLink, near: Nearness | undefined): Link {
  // To be read here.
  const proof = new Uint8Array(new ArrayBuffer(PROOF_BYTES));
  // Once the other end has seen the answer.
  let reader: ProcessMemory | undefined;
  let leftBytes = 0;
  let isEnding = false;
  // In the order of their frames: nothing else keeps their memory from being used for something else.
  const unread: Uint8Array[] = [];
  const idle: (() => void)[] = [];
  // To be read there.
  const nonce = randomBytes(PROOF_BYTES).toString("hex");
  let source: Source | undefined;
  let readCount = 0;
  void link.closed.then(over);

  function over(): void {
    proof.fill(0);
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

  /** Reads the answer behind a payload, or alone. */
  function readFrom({ memory, pid, at, answer }: Source, payload?: Stretch): void {
    const seen = Buffer.from(new ArrayBuffer(PROOF_BYTES));
    memory.read(pid, [...(payload ? [payload] : []), { at, into: seen }]);
    if (!seen.equals(answer)) throw new Error(`process ${pid} is not, or no longer, the other end of this link`);
  }

  function find(frame: FrameHeader, memory: ProcessMemory): void {
    const [pid, at] = [count(frame, "pid"), count(frame, "proof")];
    const found = { memory, pid, at, answer: answerTo(nonce, link.ends) };
    try {
      readFrom(found);
    } catch (error) {
      link.send({ unseen: (error as Error).message });
      return;
    }
    source = found;
    link.send({ seen: true });
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
    link.send({ read: readCount });
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
    const { of, here, nonce: riddle, seen, unseen } = frame;
    if (isObject(of) && frame["at"] === undefined) handler.receive(of, payload);
    else if (isObject(of)) receiveUnsent(of, frame, handler);
    else if (typeof here === "string" && typeof riddle === "string") {
      if (here !== near?.reach) return;
      proof.set(answerTo(riddle, link.ends));
      link.send({ pid: process.pid, proof: near.memory.addressOf(proof) });
    } else if (frame["proof"] !== undefined && near !== undefined) find(frame, near.memory);
    else if (frame["read"] !== undefined) wereRead(count(frame, "read"));
    else if (seen === true && near !== undefined) reader = near.memory;
    else if (typeof unseen === "string") near?.unable(link.remote, unseen);
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
        link.send({ of: header }, payload);
        return;
      }
      unread.push(payload);
      leftBytes += payload.length;
      link.send({ of: header, at: reader.addressOf(payload), bytes: payload.length });
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
      if (near !== undefined) link.send({ here: near.reach, nonce });
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
