import type { Link } from "@millrace/collective";
import { sha256Hex } from "@millrace/contracts";

/** Fetches artifacts by address over the link to the gateway, one after another, and checks them. */
export interface BlobClient {
  /** @throws {Error} If the bytes that came do not have the address, or the link was closed. */
  fetch(sha256: string): Promise<Uint8Array>;
  /** Memory for the next piece of the blob under way. @throws {RangeError} If no such piece is expected. */
  place(sha256: string, blobBytes: number, pieceBytes: number): Uint8Array;
  /** A piece lies in its place, or an empty blob was announced. */
  receive(sha256: string, blobBytes: number): void;
}

interface Arrival {
  readonly sha256: string;
  bytes: Uint8Array<ArrayBuffer> | undefined;
  filled: number;
  readonly whole: PromiseWithResolvers<Uint8Array<ArrayBuffer>>;
}

/** Makes the client of one link. */
export function createBlobClient(link: Link): BlobClient {
  let arrival: Arrival | undefined;
  let placed = 0;
  let last: Promise<unknown> = Promise.resolve();

  function expected(sha256: string, blobBytes: number): Arrival & { bytes: Uint8Array<ArrayBuffer> } {
    if (arrival?.sha256 !== sha256) throw new RangeError(`a piece of blob ${sha256} was not asked for`);
    const bytes = (arrival.bytes ??= new Uint8Array(blobBytes));
    return Object.assign(arrival, { bytes });
  }

  async function fetchNow(sha256: string): Promise<Uint8Array> {
    const whole = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    arrival = { sha256, bytes: undefined, filled: 0, whole };
    link.send({ type: "want", sha256 });
    void link.closed.then((cause) => whole.reject(new Error(`the link was closed before blob ${sha256}`, { cause })));
    const bytes = await whole.promise;
    const found = await sha256Hex(bytes);
    if (found !== sha256) throw new Error(`blob ${sha256} arrived with hash ${found}`);
    return bytes;
  }

  return {
    fetch(sha256) {
      const fetched = last.then(() => fetchNow(sha256));
      // The one behind it is fetched all the same.
      last = fetched.catch(() => {});
      return fetched;
    },
    place(sha256, blobBytes, pieceBytes) {
      const { bytes, filled } = expected(sha256, blobBytes);
      if (filled + pieceBytes > bytes.length) throw new RangeError(`blob ${sha256} is longer than announced`);
      placed = pieceBytes;
      return bytes.subarray(filled, filled + pieceBytes);
    },
    receive(sha256, blobBytes) {
      const current = expected(sha256, blobBytes);
      current.filled += placed;
      placed = 0;
      if (current.filled < current.bytes.length) return;
      arrival = undefined;
      current.whole.resolve(current.bytes);
    },
  };
}
