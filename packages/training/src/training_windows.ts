/**
 * Which stretch of the token stream each training sequence is: the stream is cut into windows, all of them are trained on in one order, then
 * it is cut and ordered anew. Windows at random places would repeat some of the text before others are seen at all; on the demo's corpus
 * that costs 0.05 bits per byte (docs/benchmarks/small-corpora.md). A window follows from its number, so any node can compute any leaf of
 * any step, and a resumed run goes on exactly.
 */
import { hashedPlace } from "./hashed_place.ts";
import { passOrder } from "./pass_order.ts";
import type { TokenBatch, TokenStream } from "./token_stream.ts";
import type { TrainingConfig } from "./training_config.ts";

/**
 * Where the training windows begin, by their number.
 * @param tokens Length of the stream; more than `contextLength`.
 * @returns Starts in [0, tokens - contextLength): the token after a window is there too.
 */
export function windowStarts(seed: number, tokens: number, contextLength: number): (number: number) => number {
  // One less than there would be room for, so that a pass may begin anywhere within a window's length.
  const windows = Math.max(1, Math.floor((tokens - 1) / contextLength) - 1);
  const beginnings = tokens - windows * contextLength;
  const order = passOrder(seed, windows);
  return (number) => {
    const beginning = hashedPlace(seed, Math.floor(number / windows), 0, 1, beginnings);
    return beginning + contextLength * order(number);
  };
}

/**
 * Fills batches with the sequences of leaves.
 * @param stream Training tokens; longer than `contextLength`.
 */
export function trainingRows(
  stream: TokenStream,
  contextLength: number,
  { seed, leaves, leafBatch }: Pick<TrainingConfig, "seed" | "leaves" | "leafBatch">,
): (batch: TokenBatch, place: { readonly step: number; readonly leaf: number }) => void {
  const startOf = windowStarts(seed, stream.length, contextLength);
  return (batch, { step, leaf }) => {
    const first = (step * leaves + leaf) * leafBatch;
    for (let row = 0; row < leafBatch; row++) {
      const start = startOf(first + row);
      batch.tokens.set(stream.subarray(start, start + contextLength), row * contextLength);
      batch.targets.set(stream.subarray(start + 1, start + 1 + contextLength), row * contextLength);
    }
  };
}
