/** What an evaluation measures, and of what: the port between the job and the process that computes. */
import type { BitsPerByte, ModelConfig, TaskKind, TaskScore } from "@millrace/contracts";

/** Token ids, each document preceded by the end-of-text token. */
export type Tokens = Uint16Array | Uint32Array;

/** A task as the model is asked it. */
export interface AskedTask {
  readonly name: string;
  readonly kind: TaskKind;
  /** Contents of its file, checked before. */
  readonly questions: string;
}

/** The model that is measured, in memory. */
export interface MeasuredModel {
  readonly config: ModelConfig;
  readonly endOfText: number;
  /** Bytes of `model.safetensors`. */
  readonly model: Uint8Array;
}

/** Tasks, and the contents of the `tokenizer.json` that they are asked with. */
export interface AskedTasks {
  readonly tokenizer: string;
  readonly tasks: readonly AskedTask[];
}

/** Everything that is measured, in memory. */
export interface EvaluationInput extends MeasuredModel {
  /** Training tokens that the n-gram model counts. */
  readonly trainingTokens: Tokens;
  /** Training text that primes xz, UTF-8. */
  readonly trainingText: Uint8Array;
  /** Tokens of the scored documents, in the order of `documents`. */
  readonly tokens: Tokens;
  /** Marks of these tokens, where the corpus has conversations: what is predicted and what is only read. */
  readonly marks?: Uint8Array;
  /** Tokens of each of them, the end-of-text token before it included. */
  readonly lengths: readonly number[];
  /** The scored documents, UTF-8; of conversations their answers. */
  readonly documents: readonly Uint8Array[];
  /** Absent: there are none. */
  readonly asked?: AskedTasks;
}

/** What a predictor did, by document. */
export interface DocumentScores {
  readonly nats: Float64Array;
  /** Tokens that were the likeliest ones. */
  readonly hits: Float64Array;
}

/** All that was measured. */
export interface Measures {
  readonly bitsPerByte: { readonly [Name in keyof BitsPerByte]: number };
  readonly model: DocumentScores;
  readonly ngram: DocumentScores;
  readonly tasks: readonly TaskScore[];
}

/** What is told of while measuring; `tasks` only where there are any. */
export type Measuring = keyof BitsPerByte | "tasks";

export interface MeasureOptions {
  readonly signal: AbortSignal;
  /** A measure is done. */
  onMeasured(name: Measuring): void;
}

/** Measures the documents, off this event loop. */
export type Measure = (input: EvaluationInput, options: MeasureOptions) => Promise<Measures>;

/** Where each document lies in the stream of tokens: half-open ranges. */
export function rangesOf(lengths: readonly number[]): { readonly from: number; readonly to: number }[] {
  let from = 0;
  return lengths.map((length) => {
    const range = { from, to: from + length };
    from = range.to;
    return range;
  });
}
