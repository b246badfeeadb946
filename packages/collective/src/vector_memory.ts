/**
 * Memory for vectors that are added: one WebAssembly memory, in which an addition takes four floats an instruction. The engine's own loop
 * widens each float to a double and back; it takes three times as long.
 */
import { add as addTensors, elementLoop, input, LOOP_ELEMENTS, type Tensor } from "@millrace/tensor";
import { add } from "./tree.ts";

/** Where vectors of one member live. Nothing is given back before the memory itself is garbage. */
export interface VectorMemory {
  /** The memory itself, for other loops over its vectors: an address in it is a `byteOffset`. */
  readonly memory: WebAssembly.Memory;
  /** Whether a vector lies here: one that did not fit, or was made elsewhere, does not. */
  holds(vector: Float32Array): boolean;
  /** Shared memory for so many floats, beginning at a cache line; zeros. */
  take(floats: number): Float32Array;
  /** As `add` of any vectors, and faster for those of this memory. */
  add(into: Float32Array, left: Float32Array, right: Float32Array): void;
}

const PAGE_BYTES = 65_536;
/** One page short of 4 GiB, so that the address after the last byte is an address too. */
const MOST_PAGES = 65_535;
/** A turn of a loop, and a cache line. */
const TURN_BYTES = 4 * LOOP_ELEMENTS;
/** The last MiB is for vectors of at most a quarter of it: loops copy into these what lies elsewhere. */
const KEPT_BYTES = 1_048_576;

/** Creates a memory. What does not fit into its 4 GiB is taken beside it, and added more slowly. */
export function createVectorMemory(): VectorMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(sum()), { vectors: { memory } });
  const addTurns = exports["run"] as (into: number, left: number, right: number, end: number) => void;
  // Each growth gives another object for the same bytes.
  const buffers = new WeakSet<ArrayBufferLike>();
  let nextByte = 0;

  const holds = ({ buffer }: Float32Array): boolean => buffers.has(buffer);
  return {
    memory,
    holds,
    take(floats) {
      const start = nextByte;
      const bytes = TURN_BYTES * Math.ceil((floats * Float32Array.BYTES_PER_ELEMENT) / TURN_BYTES);
      const end = start + bytes;
      const most = MOST_PAGES * PAGE_BYTES - (bytes > KEPT_BYTES / 4 ? KEPT_BYTES : 0);
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
      if (end > most) return new Float32Array(new SharedArrayBuffer(floats * 4));
      if (missing > 0) memory.grow(missing);
      buffers.add(memory.buffer);
      nextByte = end;
      return new Float32Array(memory.buffer, start, floats);
    },
    add(into, left, right) {
      const isOurs = [into, left, right].every(holds);
      const floatsInTurns = isOurs ? into.length - (into.length % LOOP_ELEMENTS) : 0;
      if (floatsInTurns > 0 && left.length === into.length && right.length === into.length) {
        addTurns(into.byteOffset, left.byteOffset, right.byteOffset, into.byteOffset + 4 * floatsInTurns);
        add(into.subarray(floatsInTurns), left.subarray(floatsInTurns), right.subarray(floatsInTurns));
      } else add(into, left, right);
    },
  };
}

/** What is written is `left + right`; what `into` held is not read. */
function sum(): Uint8Array<ArrayBuffer> {
  const vectors = ["into", "left", "right"].map((name) => input(name, "float32", ["elements"]));
  const [into, left, right] = vectors as [Tensor, Tensor, Tensor];
  return elementLoop({ vectors, factors: [], updates: new Map([[into, addTensors(left, right)]]) });
}
