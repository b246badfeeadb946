import type { ReadLimits } from "./read_limits.ts";
import { UnreadableError } from "./unreadable.ts";

/** Bytes of a file: all at once, or as they come. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

const EXPANSION_JUDGED_FROM_BYTES = 1024 ** 2;

/**
 * Gives a file's content in chunks, decompressed when asked, and stops at the limits. A gzip file of several members ends
 * with `corrupt_gzip` after the first: the standard `DecompressionStream` takes one member.
 * @throws {UnreadableError} `file_too_large`, `expands_too_much`, `corrupt_gzip` or `read_failed`.
 */
export async function* byteChunks(source: ByteSource, gzip: boolean, limits: ReadLimits): AsyncGenerator<Uint8Array> {
  const stored = { sizeBytes: 0 };
  if (!gzip) {
    yield* storedChunks(source, stored, limits);
    return;
  }
  let storedError: unknown;
  const chunks = storedChunks(source, stored, limits);
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        // The DOM types want plain ArrayBuffers here; decompression takes any bytes.
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        storedError = error;
        controller.error(error);
      }
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  let sizeBytes = 0;
  try {
    for await (const chunk of compressed.pipeThrough(new DecompressionStream("gzip"))) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > EXPANSION_JUDGED_FROM_BYTES && sizeBytes > stored.sizeBytes * limits.maxExpansion) {
        throw new UnreadableError(
          "expands_too_much",
          sizeBytes,
          `found ${sizeBytes} bytes from ${stored.sizeBytes} stored ones, wanted at most ${limits.maxExpansion} times as many`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (storedError !== undefined) throw storedError;
    if (error instanceof UnreadableError) throw error;
    const detail = `gzip data ended or broke after ${sizeBytes} bytes: ${whyBroken(error)}`;
    throw new UnreadableError("corrupt_gzip", sizeBytes, detail, { cause: error });
  }
}

/** What a decompression stream says; Node says it in the cause, Deno in the error. */
function whyBroken(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "") return error.message;
  return error.cause === undefined ? error.name : whyBroken(error.cause);
}

async function* storedChunks(
  source: ByteSource,
  stored: { sizeBytes: number },
  limits: ReadLimits,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      stored.sizeBytes += chunk.byteLength;
      if (stored.sizeBytes > limits.maxFileBytes) {
        throw new UnreadableError(
          "file_too_large",
          stored.sizeBytes,
          `found more than ${limits.maxFileBytes} bytes, wanted at most that many`,
        );
      }
      if (chunk.byteLength > 0) yield chunk;
    }
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new UnreadableError(
      "read_failed",
      stored.sizeBytes,
      `reading stopped after ${stored.sizeBytes} bytes: ${found}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Collects all chunks into one array.
 * @throws {UnreadableError} `document_too_large` beyond `maxDocumentBytes`, and what the chunks throw.
 */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>, maxDocumentBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxDocumentBytes) {
      throw new UnreadableError(
        "document_too_large",
        sizeBytes,
        `found more than ${maxDocumentBytes} bytes in one document, wanted at most that many`,
      );
    }
    parts.push(chunk);
  }
  return joined(parts, sizeBytes);
}

/** @param sizeBytes Of all parts together. */
export function joined(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
