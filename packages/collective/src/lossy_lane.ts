import { createLossyWire } from "./lossy_wire.ts";
import type { LossyOptions } from "./lossy_wire.ts";
import type { VectorMemory } from "./vector_memory.ts";

/** A member's side of an exchange whose numbers lose bits: what it sends, and what it remembers of what was lost. */
export interface LossyLane {
  /** The part of a chunk's memory that its words take. */
  travelling(chunk: number, place: Float32Array): Float32Array;
  /** Encodes a partial; `part` counts this member's own. The words stay valid until the next step's. */
  sendPartial(chunk: number, part: number, values: Float32Array): Float32Array;
  /** Decodes a partial; the values stay valid until the next one of the same part. */
  partial(chunk: number, part: number, words: Float32Array): Float32Array;
  /** Encodes a finished sum and makes it what all others will see. */
  sendSum(chunk: number, sum: Float32Array): Float32Array;
  /** Where the words of a sum arrive, and stay for one that lags. */
  sumPlace(chunk: number): Float32Array;
  /** Decodes an arrived sum. */
  takeSum(chunk: number, into: Float32Array): void;
  /** Forgets what was lost. */
  forget(): void;
}

/** Creates the lane of one member. */
export function createLossyLane(
  { floats, chunkFloats, memory }: { floats: number; chunkFloats: number; memory: VectorMemory },
  options: LossyOptions,
): LossyLane {
  const wire = createLossyWire({ floats, chunkFloats }, options);
  const taken = new Map<string, Float32Array>();
  // Memory for a purpose, of the vector's or of a chunk's length.
  const room = (purpose: string, length: number): Float32Array => {
    const found = taken.get(purpose) ?? memory.take(length);
    taken.set(purpose, found);
    return found;
  };
  const whole = (purpose: string, chunk: number): Float32Array =>
    room(purpose, floats).subarray(chunk * chunkFloats, Math.min(floats, (chunk + 1) * chunkFloats));
  const travelling = (chunk: number, place: Float32Array): Float32Array => place.subarray(0, wire.wordsOf(chunk));
  const residuals = new Set<string>();
  const lost = (of: string, chunk: number): Float32Array => {
    residuals.add(`lost ${of}`);
    return whole(`lost ${of}`, chunk);
  };
  const sumPlace = (chunk: number): Float32Array => travelling(chunk, whole("sums", chunk));

  return {
    travelling,
    sumPlace,
    sendPartial(chunk, part, values) {
      const words = whole(`part ${part}`, chunk);
      wire.encode(chunk, values, lost(`part ${part}`, chunk), words);
      return travelling(chunk, words);
    },
    partial(chunk, part, words) {
      const values = room(`decoded ${part}`, chunkFloats).subarray(0, words.length);
      wire.decode(chunk, words, values);
      return values;
    },
    sendSum(chunk, sum) {
      const words = sumPlace(chunk);
      wire.encode(chunk, sum, lost("sums", chunk), words);
      wire.decode(chunk, words, sum);
      return words;
    },
    takeSum: (chunk, into) => wire.decode(chunk, sumPlace(chunk), into),
    forget() {
      for (const purpose of residuals) taken.get(purpose)!.fill(0);
    },
  };
}
