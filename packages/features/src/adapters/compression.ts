/**
 * Compressed sizes of documents: baselines that every language model should beat.
 *
 * xz runs as WebAssembly in a thread of its own: one build gives the same size everywhere, and needs neither a compiler
 * nor a C++ library of the system when it is installed.
 */
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { gzip } from "node:zlib";

const compress = promisify(gzip);
/** What xz sees at once: its dictionary. Compressing takes about twelve times as much memory. */
const WINDOW_BYTES = 16 * 1024 * 1024;
const BATCH_BYTES = WINDOW_BYTES / 4;

/** Sum of the sizes of the documents, each alone under gzip -9, headers included. */
export async function gzipSize(documents: Iterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  for (const document of documents) sizeBytes += (await compress(document, { level: 9 })).length;
  return sizeBytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Documents in groups of 4 MiB at most (a larger document is refused), so that each group fits the window. */
function batchesOf(documents: Iterable<Uint8Array>): Uint8Array[] {
  const batches: Uint8Array[][] = [];
  let room = 0;
  for (const document of documents) {
    if (document.length > BATCH_BYTES) {
      throw new RangeError(
        `Cannot prime xz for a document of ${document.length} bytes: expected at most ${BATCH_BYTES}`,
      );
    }
    if (document.length > room) {
      batches.push([]);
      room = BATCH_BYTES;
    }
    batches.at(-1)?.push(document);
    room -= document.length;
  }
  return batches.map(joined);
}

/** Sizes of texts under xz, in a worker thread that ends with the call. */
async function xzSizes(texts: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<number[]> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./xz_worker.ts", import.meta.url), { workerData: texts });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener("abort", stop);
  try {
    return await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(signal?.reason ?? new Error(`The xz worker ended with code ${code} before it answered`)),
      );
    });
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

/**
 * Size of the documents under xz that has seen the training text: size(xz(training + documents)) - size(xz(training)).
 * One to two seconds a MiB of training text on one core. Of a training text above 12 MiB the last 12 count.
 * @param training Training text, in UTF-8.
 * @param documents At most 4 MiB each; of more than 4 MiB in all, each group of 4 MiB is measured by itself.
 * @throws {RangeError} If a document is too large.
 */
export async function xzPrimedSize(
  training: Uint8Array,
  documents: Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<number> {
  const primer = training.subarray(Math.max(0, training.length - (WINDOW_BYTES - BATCH_BYTES)));
  const batches = batchesOf(documents);
  const [alone = 0, ...together] = await xzSizes([primer, ...batches.map((batch) => joined([primer, batch]))], signal);
  return together.reduce((sum, size) => sum + size - alone, 0);
}
