import type { Link } from "@millrace/collective";
import type { Hash } from "../hash.ts";

/** Fetches blobs by address from the coordinator, one after another, over the control link. */
export interface BlobClient {
  /** @throws {Error} If the bytes that came do not have the address. */
  fetch(sha256: string): Promise<Uint8Array>;
  /** Memory for the next piece of the blob under way. @throws {RangeError} If no such piece is expected. */
  place(sha256: string, blobBytes: number, pieceBytes: number): Uint8Array;
  /** The piece lies in its place. */
  receive(): void;
}

/** Creates the client of one link. */
export function createBlobClient(link: Link, hash: Hash): BlobClient {
  let current: { sha256: string; bytes: Uint8Array | undefined; filled: number; done: () => void } | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let pieceBytes = 0;

  async function fetchNow(sha256: string): Promise<Uint8Array> {
    const arrived = new Promise<void>((done) => (current = { sha256, bytes: undefined, filled: 0, done }));
    link.send({ type: "want", sha256 });
    await Promise.race([
      arrived,
      link.closed.then((reason) => {
        throw new Error(`the coordinator closed the link while blob ${sha256} was fetched`, { cause: reason });
      }),
    ]);
    const bytes = current!.bytes!;
    current = undefined;
    const found = await hash(bytes);
    if (found !== sha256) throw new Error(`blob ${sha256} arrived with hash ${found}`);
    return bytes;
  }

  return {
    fetch(sha256) {
      const result = queue.then(() => fetchNow(sha256));
      queue = result.catch(() => {});
      return result;
    },
    place(sha256, blobBytes, size) {
      if (current?.sha256 !== sha256) throw new RangeError(`a piece of blob ${sha256} was not asked for`);
      current.bytes ??= new Uint8Array(blobBytes);
      if (current.filled + size > current.bytes.length) throw new RangeError(`blob ${sha256} is longer than announced`);
      pieceBytes = size;
      return current.bytes.subarray(current.filled, current.filled + size);
    },
    receive() {
      if (current === undefined) return;
      current.bytes ??= new Uint8Array(0);
      current.filled += pieceBytes;
      pieceBytes = 0;
      if (current.filled === current.bytes.length) current.done();
    },
  };
}
