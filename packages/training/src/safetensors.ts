/**
 * Reads and writes safetensors files: eight bytes of header length, a JSON header, raw little-endian data.
 * Written files depend on their content alone (sorted tensors, fixed padding, no time or host), so equal tensors give equal bytes.
 * @see https://github.com/huggingface/safetensors (section "Format")
 */

/** An array a tensor's elements can lie in. */
export type SafetensorsArray =
  Float32Array | Float64Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array | Uint16Array;

export interface SafetensorsTensor {
  readonly data: SafetensorsArray;
  readonly shape: readonly number[];
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation's limit. */
const LARGEST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const ALIGNMENT_BYTES = 64;

const ARRAYS = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof ARRAYS;

/** Bytes of an element. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(ARRAYS).map(([dtype, { BYTES_PER_ELEMENT: bytes }]) => [dtype, bytes])),
  F16: 2,
  BF16: 2,
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes a file. Tensors stand in the order of element size (large first, so that all are aligned), then name.
 * @param tensors Tensors by name.
 * @param metadata Free text, written as it is; must not hold a time or a host if the hash is to say something.
 * @throws {RangeError} If a shape does not fit its data, or a tensor is called `__metadata__`.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(
    ([a, { data: left }], [b, { data: right }]) =>
      right.BYTES_PER_ELEMENT - left.BYTES_PER_ELEMENT || (a < b ? -1 : a > b ? 1 : 0),
  );
  const header = Object.create(null) as Record<string, unknown>;
  const metadataKeys = Object.keys(metadata).sort();
  if (metadataKeys.length > 0)
    header.__metadata__ = Object.fromEntries(metadataKeys.map((key) => [key, metadata[key]]));
  let sizeBytes = 0;
  for (const [name, { data, shape }] of sorted) {
    if (name === "__metadata__") throw new RangeError('writing tensor "__metadata__": the format keeps that name');
    if (elementCount(shape) !== data.length) {
      throw new RangeError(`writing tensor "${name}": shape [${shape}] does not fit ${data.length} elements`);
    }
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [sizeBytes, sizeBytes + data.byteLength] };
    sizeBytes += data.byteLength;
  }

  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const file = new Uint8Array(start + sizeBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  file.fill(0x20, LENGTH_BYTES, start);
  file.set(json, LENGTH_BYTES);
  let offset = start;
  for (const [, { data }] of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/** One tensor as it lies in a file. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** A view over the file; not aligned. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a file. Nothing in it is trusted; tensors are views over `file` where their alignment allows it, else copies.
 * @throws {TypeError} If the header is not what the format wants, naming the tensor, or a tensor has floats of 16 bits, for which there
 *   is no array.
 */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  const { tensors, metadata } = storedTensors(file);
  return {
    metadata,
    tensors: new Map(
      Array.from(tensors, ([name, { dtype, shape, bytes }]) => {
        if (!Object.hasOwn(ARRAYS, dtype)) fail(name, dtype, Object.keys(ARRAYS).join(", "));
        return [name, { shape, data: arrayOver(bytes, dtype as Dtype) }];
      }),
    ),
  };
}

/**
 * Finds the tensors of a file without reading them. Nothing in the file is trusted.
 * @throws {TypeError} If the header is not what the format wants, naming the tensor.
 */
export function storedTensors(file: Uint8Array): {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const start = headerEnd(file, file.length);
  const { tensors, metadata } = placesIn(file.subarray(LENGTH_BYTES, start), start, file.length);
  const stored = Array.from(tensors, ([name, { dtype, shape, from, to }]) => {
    return [name, { dtype, shape, bytes: file.subarray(from, to) }] as const;
  });
  return { tensors: new Map(stored), metadata };
}

/** Where a tensor's bytes lie in its file: from, up to and not including, to. */
export interface TensorPlace {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/**
 * Finds the tensors of a file of which the header alone is read. Nothing in the file is trusted.
 * @param sizeBytes Of the whole file.
 * @param range Reads bytes from, up to and not including, to.
 * @throws {TypeError} If the header is not what the format wants, naming the tensor.
 */
export async function tensorPlaces(
  sizeBytes: number,
  range: (from: number, to: number) => Promise<Uint8Array>,
): Promise<ReadonlyMap<string, TensorPlace>> {
  const start = headerEnd(await range(0, Math.min(LENGTH_BYTES, sizeBytes)), sizeBytes);
  return placesIn(await range(LENGTH_BYTES, start), start, sizeBytes).tensors;
}

/** Where the header ends, and the data begins. */
function headerEnd(beginning: Uint8Array, sizeBytes: number): number {
  if (sizeBytes < LENGTH_BYTES) throw new TypeError(`reading safetensors: ${sizeBytes} bytes, wanted at least 8`);
  const view = new DataView(beginning.buffer, beginning.byteOffset, beginning.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(LARGEST_HEADER_BYTES, sizeBytes - LENGTH_BYTES))) {
    throw new TypeError(`reading safetensors: a header of ${headerBytes} bytes in a file of ${sizeBytes}`);
  }
  return LENGTH_BYTES + Number(headerBytes);
}

function placesIn(
  header: Uint8Array,
  start: number,
  sizeBytes: number,
): {
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const { __metadata__: metadata = {}, ...entries } = parseHeader(header);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw new TypeError("reading safetensors: __metadata__ is not an object of strings");
  }

  const checked = Object.entries(entries).map(([name, value]) => [name, checkEntry(name, value)] as const);
  checked.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  const tensors = new Map<string, TensorPlace>();
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of checked) {
    if (offsets[0] !== end) {
      throw new TypeError(`reading safetensors: tensor "${name}" begins at ${offsets[0]}, wanted ${end}`);
    }
    end = offsets[1];
    if (start + end > sizeBytes) {
      throw new TypeError(`reading safetensors: tensor "${name}" ends at ${start + end}, the file at ${sizeBytes}`);
    }
    tensors.set(name, { dtype, shape, from: start + offsets[0], to: start + end });
  }
  if (start + end !== sizeBytes) {
    throw new TypeError(`reading safetensors: ${sizeBytes - start - end} bytes after the last tensor, wanted none`);
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TypeError("reading safetensors: the header is not JSON", { cause });
  }
  if (!isRecord(header)) throw new TypeError("reading safetensors: the header is not an object");
  return header;
}

function checkEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) return fail(name, value, "an object");
  const { dtype, shape, data_offsets: offsets } = value;
  const bytes = typeof dtype === "string" && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
  if (bytes === undefined) return fail(name, dtype, Object.keys(ELEMENT_BYTES).join(", "));
  if (!isSizes(shape)) return fail(name, shape, "a shape of non-negative integers");
  if (!isSizes(offsets) || offsets.length !== 2) return fail(name, offsets, "two byte offsets");
  const [from, to] = offsets as unknown as [number, number];
  const sizeBytes = elementCount(shape) * bytes;
  if (to - from !== sizeBytes) return fail(name, offsets, `${sizeBytes} bytes for [${shape}] of ${String(dtype)}`);
  return { dtype: String(dtype), shape, data_offsets: [from, to] };
}

function fail(name: string, found: unknown, wanted: string): never {
  throw new TypeError(`reading safetensors: tensor "${name}" has ${JSON.stringify(found)}, wanted ${wanted}`);
}

function arrayOver(bytes: Uint8Array, dtype: Dtype): SafetensorsArray {
  const array = ARRAYS[dtype];
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / array.BYTES_PER_ELEMENT);
}

function dtypeOf(data: SafetensorsArray): Dtype {
  const found = (Object.keys(ARRAYS) as Dtype[]).find((dtype) => data instanceof ARRAYS[dtype]);
  if (found === undefined) throw new TypeError(`safetensors has no type for a ${Object.prototype.toString.call(data)}`);
  return found;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
