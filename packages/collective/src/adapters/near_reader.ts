/**
 * Payloads that the other end has left where they lie. That it is the process which it says it is, is asked of the kernel. Its mark is
 * read again behind every payload.
 */
import type { FrameHandler, FrameHeader } from "../frame.ts";
import { DEFAULT_FRAME_LIMITS } from "../frame.ts";
import { count, MARK_BYTES } from "./near_wire.ts";
import type { ProcessMemory, Stretch } from "./process_memory.ts";
import { holdsSocket } from "./socket_holder.ts";
import type { TcpLink } from "./tcp.ts";

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

/** What comes in over a link, of which payloads may have been left to be read. */
export interface NearReader {
  /** Finds out whether payloads of the other end can be read, and tells it if so. @throws {TypeError} If it says twice where it is. */
  find(frame: FrameHeader): void;
  /**
   * Reads a payload to where the handler wants it.
   * @param header The frame's that the payload belongs to. @param frame Says where it lies.
   * @throws {Error} If it cannot be read whole, or must not be.
   */
  receive(header: FrameHeader, frame: FrameHeader, handler: FrameHandler): void;
}

/** @param near What this process has for it; without it nothing is read. */
export function nearReader(link: TcpLink, near: Nearness | undefined): NearReader {
  let source: Source | undefined;
  let isHeard = false;
  let readCount = 0;

  /** Once for all that have been read in a turn. */
  function tellRead(): void {
    link.send({ kind: "read", payloads: readCount });
    readCount = 0;
  }

  return {
    find(frame) {
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
        if (!holdsSocket(found.pid, link.theirs, link.ours))
          throw new Error(`process ${found.pid} is not its other end`);
        readFrom(found);
      } catch (error) {
        near.unable(link.remote, (error as Error).message);
        return;
      }
      source = found;
      link.send({ kind: "seen" });
    },
    receive(header, frame, handler) {
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
    },
  };
}

/** Reads the mark behind a payload, or alone. */
function readFrom({ memory, pid, at, mark: wanted }: Source, payload?: Stretch): void {
  const seen = Buffer.from(new ArrayBuffer(MARK_BYTES));
  memory.read(pid, [...(payload ? [payload] : []), { at, into: seen }]);
  if (!seen.equals(wanted)) throw new Error(`process ${pid} has closed its end, or its mark is elsewhere`);
}
