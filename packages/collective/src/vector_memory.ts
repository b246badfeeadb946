/**
 * Memory for vectors that are added: one WebAssembly memory, in which an addition takes four floats an instruction. The engine's own loop
 * widens each float to a double and back; it takes three times as long.
 */
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
/** What a turn of the loop adds, and a cache line. */
const BLOCK_BYTES = 64;

/** Creates a memory. What does not fit into its 4 GiB is taken beside it, and added more slowly. */
export function createVectorMemory(): VectorMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { m: { memory } });
  const addBlocks = exports["add"] as (into: number, left: number, right: number, end: number) => void;
  // Each growth gives another object for the same bytes.
  const buffers = new WeakSet<ArrayBufferLike>();
  let nextByte = 0;

  const holds = ({ buffer }: Float32Array): boolean => buffers.has(buffer);
  return {
    memory,
    holds,
    take(floats) {
      const start = nextByte;
      const end = start + BLOCK_BYTES * Math.ceil((floats * Float32Array.BYTES_PER_ELEMENT) / BLOCK_BYTES);
      const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
      if (end > MOST_PAGES * PAGE_BYTES) return new Float32Array(new SharedArrayBuffer(floats * 4));
      if (missing > 0) memory.grow(missing);
      buffers.add(memory.buffer);
      nextByte = end;
      return new Float32Array(memory.buffer, start, floats);
    },
    add(into, left, right) {
      const isOurs = [into, left, right].every(holds);
      const floatsInBlocks = isOurs ? into.length - (into.length % (BLOCK_BYTES / 4)) : 0;
      if (floatsInBlocks > 0 && left.length === into.length && right.length === into.length) {
        addBlocks(into.byteOffset, left.byteOffset, right.byteOffset, into.byteOffset + 4 * floatsInBlocks);
        add(into.subarray(floatsInBlocks), left.subarray(floatsInBlocks), right.subarray(floatsInBlocks));
      } else add(into, left, right);
    },
  };
}

/** Loads, adds and stores the four floats at an offset below 128 bytes from each of the addresses. */
function addFour(offset: number): number[] {
  const [load, store, aligned] = [[0xfd, 0x00], [0xfd, 0x0b], 4];
  const loaded = (address: number): number[] => [0x20, address, ...load, aligned, offset];
  return [0x20, 0, ...loaded(1), ...loaded(2), 0xfd, 0xe4, 0x01, ...store, aligned, offset];
}

/** Moves an address on by a block and leaves it on the stack. */
function advanced(address: number): number[] {
  return [0x20, address, 0x41, 0xc0, 0x00, 0x6a];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, content.length, ...content];
}

function named(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/**
 * `add(into, left, right, end)`: adds blocks of 64 bytes from `into` on until `end`, at least one.
 * @see WebAssembly specification 2.0, section 5 (binary format).
 */
const LOOP = [
  [0x03, 0x40],
  [0, 16, 32, 48].flatMap(addFour),
  [...advanced(1), 0x21, 1],
  [...advanced(2), 0x21, 2],
  // Once more while into < end, unsigned.
  [...advanced(0), 0x22, 0, 0x20, 3, 0x49, 0x0d, 0],
  [0x0b],
].flat();
const BODY = [0, ...LOOP, 0x0b];
const MODULE = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // A function of four 32-bit integers; a shared memory of 1 to 65,535 pages; the function, exported.
    section(1, [1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    section(2, [1, ...named("m"), ...named("memory"), 2, 3, 1, 0xff, 0xff, 3]),
    section(3, [1, 0]),
    section(7, [1, ...named("add"), 0, 0]),
    section(10, [1, BODY.length, ...BODY]),
  ].flat(),
);
