/**
 * TensorBoard's event files: records, each with its length and checksums, that hold an `Event` message of Protocol Buffers.
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord (section "TFRecords format details") and `event.proto`,
 * `summary.proto` of TensorBoard.
 */

/** Values of one moment by tag; a tag's part before its first slash is the section it is shown in. */
export interface EventScalars {
  readonly step: number;
  /** Float32 when written. */
  readonly values: Readonly<Record<string, number>>;
}

/** Says that what an earlier process wrote of this step and later ones is void. */
export interface EventRestart {
  readonly restartAt: number;
}

/**
 * The bytes that an event file begins with.
 * @param wallMs Milliseconds since 1970.
 */
export function eventFileHeader(wallMs: number): Uint8Array {
  return record(message(wallTime(wallMs), bytesField(3, text.encode("brain.Event:2"))));
}

/** The bytes of one event, to be appended. */
export function eventRecord(wallMs: number, event: EventScalars | EventRestart): Uint8Array {
  // A session log whose status, field 1, is START, 1.
  if ("restartAt" in event) {
    return record(message(wallTime(wallMs), integerField(2, event.restartAt), bytesField(7, integerField(1, 1))));
  }
  const values = Object.entries(event.values).map(([tag, value]) =>
    bytesField(1, message(bytesField(1, text.encode(tag)), floatField(2, value))),
  );
  return record(message(wallTime(wallMs), integerField(2, event.step), bytesField(5, message(...values))));
}

const text = new TextEncoder();
const [VARINT, FIXED_64, LENGTH_DELIMITED, FIXED_32] = [0, 1, 2, 5];

/** Length (uint64), its checksum, data, its checksum; little-endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return bytes;
}

/** Turned and shifted, so that a checksum of data that holds checksums is a good one. */
function maskedChecksum(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa2_82_ea_d8) >>> 0;
}

/** Remainders of single bytes by Castagnoli's polynomial, bits in reverse. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82_f6_3b_78 : 0);
  return rest;
});

function crc32c(bytes: Uint8Array): number {
  let sum = 0xff_ff_ff_ff;
  for (const byte of bytes) sum = (sum >>> 8) ^ REMAINDERS[(sum ^ byte) & 0xff]!;
  return ~sum >>> 0;
}

function wallTime(wallMs: number): Uint8Array {
  return fixedField(1, FIXED_64, 8, (view) => view.setFloat64(0, wallMs / 1000, true));
}

function floatField(field: number, value: number): Uint8Array {
  return fixedField(field, FIXED_32, 4, (view) => view.setFloat32(0, value, true));
}

function fixedField(field: number, type: number, sizeBytes: number, set: (view: DataView) => void): Uint8Array {
  const value = new Uint8Array(sizeBytes);
  set(new DataView(value.buffer));
  return message(key(field, type), value);
}

function integerField(field: number, value: number): Uint8Array {
  return message(key(field, VARINT), varint(value));
}

function bytesField(field: number, value: Uint8Array): Uint8Array {
  return message(key(field, LENGTH_DELIMITED), varint(value.length), value);
}

function key(field: number, type: number): Uint8Array {
  return varint(field * 8 + type);
}

/** Base-128 digits of a whole number from 0 on, the least significant first. */
function varint(value: number): Uint8Array {
  const digits: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) digits.push((value % 128) + 128);
  return Uint8Array.from([...digits, value]);
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const field of fields) {
    bytes.set(field, at);
    at += field.length;
  }
  return bytes;
}
