/**
 * Writes Protocol Buffers messages: just the kinds of field that ONNX models and event files need. Bytes are gathered as chunks and joined
 * once, so weights are copied a single time however deeply their message is nested.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const text = new TextEncoder();

/** A message under construction; fields appear in the order in which they are written. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  /** Writes an int32, int64, uint64 or enum field. Integers beyond 2^53 do not occur in our models and are refused. */
  integer(field: number, value: number): this {
    if (!Number.isSafeInteger(value))
      throw new RangeError(`protobuf field ${field}: found ${value}, wanted an integer`);
    return this.#push(varint(field * 8 + VARINT)).#push(varint(value));
  }

  /** Writes a float field. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + FIXED_32)).#push(bytes);
  }

  /** Writes a double field. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(varint(field * 8 + FIXED_64)).#push(bytes);
  }

  /** Writes a bytes field. The array is kept, not copied, until `finish`. */
  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED))
      .#push(varint(value.length))
      .#push(value);
  }

  /** Writes a string field. */
  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  /** Writes a field that is itself a message. */
  message(field: number, value: MessageWriter): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED))
      .#push(varint(value.#sizeBytes))
      .append(value);
  }

  /** Writes the fields of another message as fields of this one. */
  append(other: MessageWriter): this {
    for (const chunk of other.#chunks) this.#push(chunk);
    return this;
  }

  /**
   * Joins everything written.
   * @throws {RangeError} If it is larger than Protocol Buffers permit, 2 GiB - 1.
   */
  finish(): Uint8Array {
    if (this.#sizeBytes >= 2 ** 31) {
      throw new RangeError(`protobuf: found a message of ${this.#sizeBytes} bytes, wanted less than 2 GiB`);
    }
    const bytes = new Uint8Array(this.#sizeBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    return this;
  }
}

/** Base-128 digits, least significant first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
