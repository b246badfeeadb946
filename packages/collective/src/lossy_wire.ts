import type { VectorShape } from "./plan.ts";
import { chunkCountOf, chunkFloatsFor } from "./plan.ts";

/** How numbers travel that need not arrive as they were: a scale for each block of 1024, and fractions of it in 16 or 8 bits. */
export type LossyKind = "fp16" | "int8";

/** What is lost on the way, and what must not be. */
export interface LossyOptions {
  readonly kind: LossyKind;
  /** Elements at the end of the vector that travel as they are, such as counts. */
  readonly exactTail: number;
}

/** Chunks on their way, in words of 32 bits whose meaning only this knows. */
export interface LossyWire {
  /** Words of an encoded chunk; never more than its elements. */
  wordsOf(chunk: number): number;
  /**
   * Encodes values and what was lost of those before, and keeps what is lost now (error feedback): so over many steps nothing is lost.
   * @param residual What was lost, of the length of the values; changed.
   * @param into At least `wordsOf(chunk)` words; what is longer stays as it is.
   * @see Seide et al. 2014, "1-bit stochastic gradient descent"; Karimireddy et al. 2019, "Error feedback fixes SignSGD".
   */
  encode(chunk: number, values: Float32Array, residual: Float32Array, into: Float32Array): void;
  /** Decodes to the values that every receiver sees. A block that was not finite is NaN throughout. */
  decode(chunk: number, words: Float32Array, into: Float32Array): void;
}

const BLOCK_FLOATS = 1024;
/** Of a fraction, in the smaller of the forms. */
const INT8_STEPS = 127;

/** Creates the form in which a vector's chunks travel. */
export function createLossyWire(shape: Omit<VectorShape, "leaves">, { kind, exactTail }: LossyOptions): LossyWire {
  const { floats, chunkFloats = chunkFloatsFor(floats) } = shape;
  const bytesEach = kind === "fp16" ? 2 : 1;
  const steps = kind === "fp16" ? 1 : INT8_STEPS;
  const spans = Array.from({ length: chunkCountOf(floats, chunkFloats) }, (_, chunk) => {
    const start = chunk * chunkFloats;
    const size = Math.min(floats, start + chunkFloats) - start;
    const inexact = Math.max(0, Math.min(size, floats - exactTail - start));
    const blocks = Math.ceil(inexact / BLOCK_FLOATS);
    const words = blocks + Math.ceil((inexact * bytesEach) / 4) + size - inexact;
    // Of a few elements nothing would be saved.
    return words < size ? { size, inexact, blocks, words } : { size, inexact: 0, blocks: 0, words: size };
  });
  const wanted = new Float32Array(BLOCK_FLOATS);

  function fractions(words: Float32Array, blocks: number, inexact: number): Float16Array | Int8Array {
    const start = words.byteOffset + 4 * blocks;
    return kind === "fp16"
      ? new Float16Array(words.buffer, start, inexact)
      : new Int8Array(words.buffer, start, inexact);
  }

  return {
    wordsOf: (chunk) => spans[chunk]!.words,
    encode(chunk, values, residual, into) {
      const { size, inexact, blocks, words } = spans[chunk]!;
      const places = fractions(into, blocks, inexact);
      for (let block = 0; block < blocks; block++) {
        const start = block * BLOCK_FLOATS;
        const length = Math.min(BLOCK_FLOATS, inexact - start);
        let largest = 0;
        for (let i = 0; i < length; i++) {
          wanted[i] = values[start + i]! + residual[start + i]!;
          const magnitude = Math.abs(wanted[i]!);
          if (magnitude > largest || Number.isNaN(magnitude)) largest = magnitude;
        }
        into[block] = largest / steps;
        const unit = into[block]!;
        for (let i = 0; i < length; i++) {
          // Of integers the nearest one; of zeros, and of what is not finite, none.
          const fraction = unit > 0 && unit < Infinity ? wanted[i]! / unit : 0;
          places[start + i] = kind === "int8" ? Math.round(fraction) : fraction;
          residual[start + i] = wanted[i]! - places[start + i]! * unit;
        }
      }
      into.set(values.subarray(inexact, size), words - (size - inexact));
    },
    decode(chunk, words, into) {
      const { size, inexact, blocks, words: count } = spans[chunk]!;
      const places = fractions(words, blocks, inexact);
      for (let i = 0; i < inexact; i++) into[i] = places[i]! * words[Math.floor(i / BLOCK_FLOATS)]!;
      into.set(words.subarray(count - (size - inexact), count), inexact);
    },
  };
}
