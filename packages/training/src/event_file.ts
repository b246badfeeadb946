/**
 * TensorBoard's event files: records, each with its length and checksums, that hold an `Event` message of Protocol Buffers.
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord (section "TFRecords format details") and `event.proto`,
 * `summary.proto` of TensorBoard.
 */
import { MessageWriter } from "@millrace/tensor/protobuf";

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
  return record(eventAt(wallMs).string(3, "brain.Event:2"));
}

/** The bytes of one event, to be appended. */
export function eventRecord(wallMs: number, event: EventScalars | EventRestart): Uint8Array {
  // A session log whose status, field 1, is START, 1.
  if ("restartAt" in event) {
    return record(eventAt(wallMs).integer(2, event.restartAt).message(7, new MessageWriter().integer(1, 1)));
  }
  const summary = new MessageWriter();
  for (const [tag, value] of Object.entries(event.values))
    summary.message(1, new MessageWriter().string(1, tag).float(2, value));
  return record(eventAt(wallMs).integer(2, event.step).message(5, summary));
}

function eventAt(wallMs: number): MessageWriter {
  return new MessageWriter().double(1, wallMs / 1000);
}

/** Length (uint64), its checksum, data, its checksum; little-endian. */
function record(event: MessageWriter): Uint8Array {
  const data = event.finish();
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
