import type { Executor } from "@millrace/execution";
import type { KneserNey } from "@millrace/features";
import { validationWindows } from "@millrace/training";
import { type DocumentScores, documentsOf, type EvaluationInput, rangesOf } from "./measure.ts";
import { scoreWindows } from "./score_windows.ts";

type Scored = Pick<EvaluationInput, "config" | "endOfText" | "model" | "tokens" | "lengths">;

/**
 * What the model makes of each document: its first token is given the end-of-text token, the others what stands before them in windows
 * that do not overlap.
 * @param concurrency Windows scored at once; it changes no result.
 * @throws {TypeError} If the checkpoint is not one of this model.
 */
export async function scoreDocuments(
  executor: Executor,
  { config, endOfText, model, tokens, lengths }: Scored,
  concurrency: number,
): Promise<DocumentScores> {
  const windows = validationWindows(tokens, endOfText, config.contextLength);
  const { nats, ranks } = await scoreWindows(executor, { config, model, concurrency }, tokens, windows);
  const ranges = rangesOf(lengths);
  return {
    nats: Float64Array.from(ranges, ({ from, to }) => nats.subarray(from, to).reduce((sum, each) => sum + each, 0)),
    hits: Float64Array.from(ranges, ({ from, to }) => ranks.subarray(from, to).filter((rank) => rank === 1).length),
  };
}

/** What counting makes of each document. */
export function countDocuments(
  ngrams: KneserNey,
  { endOfText, tokens, lengths }: Pick<Scored, "endOfText" | "tokens" | "lengths">,
): DocumentScores {
  const sums = rangesOf(lengths).map(({ from, to }) => {
    let [nats, hits] = [0, 0];
    for (const part of documentsOf(tokens.subarray(from, to), endOfText)) {
      nats += ngrams.natsOf(part);
      hits += ngrams.hitsOf(part);
    }
    return { nats, hits };
  });
  return {
    nats: Float64Array.from(sums, ({ nats }) => nats),
    hits: Float64Array.from(sums, ({ hits }) => hits),
  };
}
