/**
 * WebAssembly modules of one function over a shared memory, as bytes.
 * @see WebAssembly specification 2.0, section 5 (binary format).
 */

/** Codes of value types. */
export const [I32, F32, F64, V128] = [0x7f, 0x7d, 0x7c, 0x7b];

/** Magic number and version. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** One page short of 4 GiB, the most that such a memory may have. */
const MOST_PAGES = 65_535;
/** Largest power of two that addresses are promised to be a multiple of: of 16 bytes. */
const ALIGNED = 4;

/** The function of a module. Its locals are numbered on from its parameters. */
export interface WasmFunction {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly locals: readonly number[];
  /** Instructions, without the end. */
  readonly code: readonly number[];
}

/** Writes a module that imports `vectors.memory`, a shared memory, and exports the function as `run`. */
export function wasmModule({ parameters, results, locals, code }: WasmFunction): Uint8Array<ArrayBuffer> {
  const body = [...list(locals.map((type) => [1, type])), ...code, 0x0b];
  const limits = [0x03, ...unsigned(1), ...unsigned(MOST_PAGES)];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, ...list(bytesOf(parameters)), ...list(bytesOf(results))]]),
    ...section(2, [[...named("vectors"), ...named("memory"), 0x02, ...limits]]),
    ...section(3, [[0]]),
    ...section(7, [[...named("run"), 0x00, 0]]),
    ...section(10, [[...unsigned(body.length), ...body]]),
  ]);
}

export function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

export function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

/** An instruction of vectors of 128 bits. */
export function simd(code: number): number[] {
  return [0xfd, ...unsigned(code)];
}

/** Loads four floats. */
export function load(address: number, offset: number): number[] {
  return [...get(address), ...simd(0x00), ALIGNED, ...unsigned(offset)];
}

/** Stores the four floats that a local holds. */
export function store(address: number, offset: number, local: number): number[] {
  return [...get(address), ...get(local), ...simd(0x0b), ALIGNED, ...unsigned(offset)];
}

/** Moves an address on. */
function advance(address: number, bytes: number): number[] {
  return [...get(address), 0x41, ...signed(bytes), 0x6a, ...set(address)];
}

/** Repeats while the first address is below an end, moving all addresses on each time; nothing if it is not below it at first. */
export function whileBelow(
  addresses: readonly number[],
  end: number,
  bytes: number,
  code: readonly number[],
): number[] {
  const isBelow = [...get(addresses[0]!), ...get(end), 0x49];
  const turn = [...code, ...addresses.flatMap((address) => advance(address, bytes)), ...isBelow, 0x0d, 0];
  return [...isBelow, 0x04, 0x40, 0x03, 0x40, ...turn, 0x0b, 0x0b];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function bytesOf(codes: readonly number[]): number[][] {
  return codes.map((code) => [code]);
}

function named(text: string): number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 of a number that is not negative, where a sign is expected. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
