import { validationWindows } from "@millrace/training";
import { bestToken, divergence, logSumExp } from "./row_scores.ts";
import type { Scorer } from "./scorer.ts";

/** Token ids, each document preceded by the end-of-text token. */
export type Tokens = Uint16Array | Uint32Array;

/** Scores that are looked at before others get their turn: some 10 ms of work. */
const SCORES_A_TURN = 1 << 20;

/**
 * Sums the nats of all tokens: the first of a document given the end-of-text token, windows not overlapping.
 * @param pause Awaited now and then: the place to let others run.
 */
export async function natsOf(
  scorer: Scorer,
  tokens: Tokens,
  endOfText: number,
  contextLength: number,
  pause: () => Promise<void>,
): Promise<number> {
  let nats = 0;
  for await (const { rows, target } of scoredPlaces([scorer], tokens, endOfText, contextLength, pause)) {
    nats += logSumExp(rows[0]!) - rows[0]![target]!;
  }
  return nats;
}

/** How two sets of weights of one model differ on a text. */
export interface WeightComparison {
  readonly tokens: number;
  /** Nats of all tokens by the full weights. */
  readonly fullNats: number;
  /** Nats of all tokens by the rounded weights. */
  readonly roundedNats: number;
  /** Mean divergence of what the rounded weights predict from what the full ones do, nats a token. */
  readonly divergence: number;
  /** Share of the places where both find the same token likeliest, in [0, 1]. */
  readonly agreement: number;
}

/** Compares what full and rounded weights predict at every place of a text. */
export async function compareWeights(
  full: Scorer,
  rounded: Scorer,
  tokens: Tokens,
  endOfText: number,
  contextLength: number,
  pause: () => Promise<void>,
): Promise<WeightComparison> {
  let [places, fullNats, roundedNats, divergenceSum, agreed] = [0, 0, 0, 0, 0];
  for await (const { rows, target } of scoredPlaces([full, rounded], tokens, endOfText, contextLength, pause)) {
    const [fullRow, roundedRow] = [rows[0]!, rows[1]!];
    places += 1;
    const [fullNorm, roundedNorm] = [logSumExp(fullRow), logSumExp(roundedRow)];
    fullNats += fullNorm - fullRow[target]!;
    roundedNats += roundedNorm - roundedRow[target]!;
    divergenceSum += divergence(fullRow, roundedRow, fullNorm, roundedNorm);
    if (bestToken(fullRow) === bestToken(roundedRow)) agreed += 1;
  }
  const share = 1 / Math.max(1, places);
  return { tokens: places, fullNats, roundedNats, divergence: divergenceSum * share, agreement: agreed * share };
}

async function* scoredPlaces(
  scorers: readonly Scorer[],
  tokens: Tokens,
  endOfText: number,
  contextLength: number,
  pause: () => Promise<void>,
): AsyncGenerator<{ readonly rows: readonly Float32Array[]; readonly target: number }> {
  let seen = 0;
  for (const { start, length } of validationWindows(tokens, endOfText, contextLength)) {
    const window = tokens.subarray(start, start + length);
    const scores = await Promise.all(scorers.map((scorer) => scorer.score(window)));
    for (let place = 0; place < length; place++) {
      const rows = scores.map((logits, at) => {
        const { vocabularySize } = scorers[at]!;
        return logits.subarray(place * vocabularySize, (place + 1) * vocabularySize);
      });
      yield { rows, target: tokens[start + place + 1]! };
      seen += rows[0]!.length * rows.length;
      if (seen < SCORES_A_TURN) continue;
      seen = 0;
      await pause();
    }
  }
}
