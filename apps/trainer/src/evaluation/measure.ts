/** What an evaluation measures, and of what: the port between the job and the process that computes. */
import type { BitsPerByte, ModelConfig } from "@millrace/contracts";

/** Token ids, each document preceded by the end-of-text token. */
export type Tokens = Uint16Array | Uint32Array;

/** Everything that is measured, in memory. */
export interface EvaluationInput {
  readonly config: ModelConfig;
  readonly endOfText: number;
  /** Bytes of `model.safetensors`. */
  readonly model: Uint8Array;
  /** Training tokens that the n-gram model counts. */
  readonly trainingTokens: Tokens;
  /** Training text that primes xz, UTF-8. */
  readonly trainingText: Uint8Array;
  /** Tokens of the scored documents, in the order of `documents`. */
  readonly tokens: Tokens;
  /** The scored documents, UTF-8. */
  readonly documents: readonly Uint8Array[];
}

/** All four measured. */
export type Measures = { readonly [Name in keyof BitsPerByte]: number };

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** A measure is done. */
  onMeasured(name: keyof Measures): void;
}

/** Measures bits per byte of the documents, off this event loop. */
export type Measure = (input: EvaluationInput, options: MeasureOptions) => Promise<Measures>;

/** Documents of a stream of tokens, without the end-of-text token before each. */
export function* documentsOf(tokens: Tokens, endOfText: number): Generator<Tokens> {
  let start = 0;
  while (start < tokens.length) {
    const next = tokens.indexOf(endOfText, start + 1);
    const end = next === -1 ? tokens.length : next;
    yield tokens.subarray(start + 1, end);
    start = end;
  }
}
