/**
 * Just enough of tar (POSIX ustar) for backups, so that any other tool can read them too: plain files and folders under relative names.
 * What is read comes from outside: whatever is not of this form is refused before a byte of it is written.
 */
import { createReadStream } from "node:fs";

const BLOCK = 512;
const LARGEST_FILE = 8 ** 11 - 1;
const NAME = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/;

export interface TarEntry {
  /** Relative, `/` between segments. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
}

/** What is asked for is no backup, or a damaged one. */
export class TarError extends Error {
  override readonly name = "TarError";
}

/**
 * The blocks of an entry.
 * @param content Of a file: its path, or its bytes.
 * @throws {RangeError} If the name cannot be written, or a file is larger than 8 GiB or changes while it is read.
 */
export async function* tarBlocks(
  entry: TarEntry,
  content: string | Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  yield header(entry);
  if (entry.isFolder || content === undefined) return;
  let written = 0;
  for await (const piece of typeof content === "string" ? createReadStream(content) : [content]) {
    written += piece.length;
    if (written <= entry.sizeBytes) yield piece;
  }
  if (written !== entry.sizeBytes)
    throw new RangeError(`packing ${entry.name}: found ${written} bytes, wanted the ${entry.sizeBytes} that it had`);
  yield new Uint8Array((BLOCK - (written % BLOCK)) % BLOCK);
}

/** What a tar file ends with. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK);
}

function header({ name, isFolder, sizeBytes }: TarEntry): Uint8Array {
  if (!NAME.test(name)) throw new RangeError(`packing "${name}": wanted a plain relative name`);
  if (sizeBytes > LARGEST_FILE)
    throw new RangeError(`packing ${name}: found ${sizeBytes} bytes, wanted at most ${LARGEST_FILE}`);
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => void block.set(new TextEncoder().encode(text), at);
  const cut = name.length <= 100 ? -1 : name.indexOf("/", name.length - 101);
  if ((name.length > 100 && cut < 0) || cut > 155) throw new RangeError(`packing "${name}": the name is too long`);
  put(0, name.slice(cut + 1));
  put(100, isFolder ? "0000700\0" : "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${sizeBytes.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, " ".repeat(8));
  put(156, isFolder ? "5" : "0");
  put(257, "ustar\u000000");
  if (cut > 0) put(345, name.slice(0, cut));
  put(148, `${checksum(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);
}

/** Bytes of a stream in pieces of the size that is asked for. */
export interface TarReader {
  /** The next entry; undefined at the end. What is left of the one before is skipped. */
  next(): Promise<TarEntry | undefined>;
  /** The content of the entry that came last, piece by piece. */
  content(): AsyncGenerator<Uint8Array>;
}

/** Reads a tar file. Everything it throws for what it finds is a TarError. */
export function tarReader(stream: AsyncIterable<Uint8Array>): TarReader {
  const pieces = stream[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();
  let left = 0;
  let padding = 0;

  /** At least one byte and at most `most`. */
  async function some(most: number): Promise<Uint8Array> {
    while (held.length === 0) {
      const { value, done } = await pieces.next();
      if (done) throw new TarError("reading a backup: it ends in the middle, wanted a whole one");
      held = value;
    }
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    return piece;
  }
  async function whole(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const piece = await some(size - at);
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
  async function* content(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await some(left);
      left -= piece.length;
      yield piece;
    }
  }
  return {
    content,
    async next() {
      for await (const _skipped of content());
      await whole(padding);
      const block = await whole(BLOCK);
      if (block.every((byte) => byte === 0)) return undefined;
      const entry = entryOf(block);
      left = entry.sizeBytes;
      padding = (BLOCK - (left % BLOCK)) % BLOCK;
      return entry;
    },
  };
}

function entryOf(block: Uint8Array): TarEntry {
  const text = (from: number, to: number): string =>
    new TextDecoder().decode(block.subarray(from, to)).replace(/\0.*$/s, "");
  const isTar = text(257, 262) === "ustar" && Number.parseInt(text(148, 156), 8) === checksum(block);
  if (!isTar) throw new TarError("reading a backup: found something else, wanted a file that millrace backup has made");
  const prefix = text(345, 500);
  const name = `${prefix}${prefix === "" ? "" : "/"}${text(0, 100)}`;
  const [type, sizeBytes] = [text(156, 157), Number.parseInt(text(124, 136), 8)];
  if (!NAME.test(name))
    throw new TarError(`reading a backup: found the name ${JSON.stringify(name)}, wanted a plain relative one`);
  if (type !== "0" && type !== "5")
    throw new TarError(`reading a backup: found ${name} of type "${type}", wanted a file or a folder`);
  if (!(sizeBytes >= 0)) throw new TarError(`reading a backup: found no size of ${name}`);
  return { name, isFolder: type === "5", sizeBytes };
}
