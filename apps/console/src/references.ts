import type { Summary } from "@millrace/contracts";

/** A predictor beside the curve, in the curve's unit. */
export interface Reference {
  readonly name: string;
  /** Nats a token. */
  readonly loss: number;
}

/**
 * Baselines as levels on a curve of losses. They are measured in bits per byte; the trained model is known in both units, and its ratio
 * carries them over. Known only once a run was evaluated.
 */
export function referencesOf({ loss, bitsPerByte }: Pick<Summary, "loss" | "bitsPerByte">): Reference[] {
  if (loss === null || bitsPerByte === null || bitsPerByte.model === 0) return [];
  const ratio = loss.validation / bitsPerByte.model;
  const named: [string, number | null][] = [
    ["gzip", bitsPerByte.gzip],
    ["5-gram", bitsPerByte.ngram],
  ];
  return named.flatMap(([name, bits]) => (bits === null ? [] : [{ name, loss: bits * ratio }]));
}
