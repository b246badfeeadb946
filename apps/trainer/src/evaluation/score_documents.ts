import type { Executor } from "@millrace/execution";
import { documentsIn, type KneserNey } from "@millrace/features";
import { TOKEN_MARKS } from "@millrace/contracts";
import { markedWindows, validationWindows } from "@millrace/training";
import { type DocumentScores, type EvaluationInput, rangesOf } from "./measure.ts";
import { scoreWindows } from "./score_windows.ts";

type Scored = Pick<EvaluationInput, "config" | "endOfText" | "model" | "tokens" | "lengths" | "marks">;

/**
 * What the model makes of each document: its first token is given the end-of-text token, the others what stands before them in windows
 * that do not overlap. Of conversations only answers are counted.
 * @param concurrency Windows scored at once; it changes no result.
 * @throws {TypeError} If the checkpoint is not one of this model.
 */
export async function scoreDocuments(
  executor: Executor,
  { config, endOfText, model, tokens, lengths, marks }: Scored,
  concurrency: number,
): Promise<DocumentScores> {
  const { contextLength } = config;
  const windows =
    marks === undefined
      ? validationWindows(tokens, endOfText, contextLength)
      : markedWindows(marks, contextLength, "go on");
  const { nats, ranks } = await scoreWindows(executor, { config, model, concurrency }, tokens, windows);
  if (marks !== undefined) {
    for (const [place, mark] of marks.entries()) if (mark !== TOKEN_MARKS.predicted) nats[place] = ranks[place] = 0;
  }
  const ranges = rangesOf(lengths);
  return {
    nats: Float64Array.from(ranges, ({ from, to }) => nats.subarray(from, to).reduce((sum, each) => sum + each, 0)),
    hits: Float64Array.from(ranges, ({ from, to }) => ranks.subarray(from, to).filter((rank) => rank === 1).length),
  };
}

/** What counting makes of each document. */
export function countDocuments(
  ngrams: KneserNey,
  { endOfText, tokens, lengths, marks }: Pick<Scored, "endOfText" | "tokens" | "lengths" | "marks">,
): DocumentScores {
  const sums = rangesOf(lengths).map(({ from, to }) => {
    if (marks !== undefined) {
      // Without what stands before it: the token that begins a text is given.
      const isCounted = (place: number): boolean => marks[from + 1 + place] === TOKEN_MARKS.predicted;
      const whole = tokens.subarray(from + 1, to);
      return { nats: ngrams.natsOf(whole, isCounted), hits: ngrams.hitsOf(whole, isCounted) };
    }
    let [nats, hits] = [0, 0];
    for (const part of documentsIn(tokens.subarray(from, to), endOfText)) {
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
