/** Reads TensorBoard's event files back, by the description of their format alone: nothing here is shared with what writes them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One event: a file's first says its version, one of a restart has no values. */
export interface ReadEvent {
  readonly wallSeconds: number;
  readonly step: number;
  readonly version: string | undefined;
  readonly isRestart: boolean;
  readonly values: Readonly<Record<string, number>>;
}

/**
 * Reads all events of a folder's files, file by file.
 * @throws {Error} If a checksum does not fit, or a record is cut off.
 */
export async function readEventFiles(folder: string): Promise<ReadEvent[]> {
  const names = (await readdir(folder)).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.flatMap((file) => recordsOf(file).map(eventOf));
}

function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    check(data, file.readUInt32LE(at + 12 + length));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function check(bytes: Buffer, masked: number): void {
  // Bit by bit, most significant first over mirrored bits: the textbook's form of CRC-32C.
  let rest = 0xff_ff_ff_ffn;
  for (const byte of bytes) {
    for (let bit = 0n; bit < 8n; bit++) {
      const isOdd = ((rest ^ (BigInt(byte) >> bit)) & 1n) === 1n;
      rest = (rest >> 1n) ^ (isOdd ? 0x82_f6_3b_78n : 0n);
    }
  }
  const sum = rest ^ 0xff_ff_ff_ffn;
  const wanted = BigInt.asUintN(32, ((sum >> 15n) | (sum << 17n)) + 0xa2_82_ea_d8n);
  if (BigInt(masked) !== wanted) throw new Error(`a checksum is ${masked}, wanted ${wanted}`);
}

function eventOf(data: Buffer): ReadEvent {
  const fields = fieldsOf(data);
  const one = (number: number): Field | undefined => fields.find((field) => field.number === number);
  const values = fields
    .filter(({ number }) => number === 5)
    .flatMap(({ bytes }) => fieldsOf(bytes))
    .map(({ bytes }): [string, number] => {
      const [tag, value] = fieldsOf(bytes) as [Field, Field];
      return [tag.bytes.toString("utf8"), value.bytes.readFloatLE(0)];
    });
  return {
    wallSeconds: one(1)!.bytes.readDoubleLE(0),
    step: Number(one(2)?.integer ?? 0n),
    version: one(3)?.bytes.toString("utf8"),
    isRestart: one(7) !== undefined,
    values: Object.fromEntries(values),
  };
}

interface Field {
  readonly number: number;
  readonly integer: bigint;
  readonly bytes: Buffer;
}

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(message[at++]!);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const type = key & 7;
    const integer = type === 0 ? varint() : 0n;
    const sizeBytes = type === 2 ? Number(varint()) : type === 1 ? 8 : type === 5 ? 4 : 0;
    fields.push({ number: key >> 3, integer, bytes: message.subarray(at, at + sizeBytes) });
    at += sizeBytes;
  }
  return fields;
}
