/**
 * Draws the next token from a model's scores. In this order: penalties and bias change the scores, temperature divides
 * them, top_p cuts the distribution, a uniform number picks from what is left.
 *
 * @see Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", for top_p.
 */
import { topIndices } from "./top_indices.ts";

/** How to draw. */
export interface SamplingSettings {
  /** From 0 (always the most likely token, of equals the lowest id); default 1. */
  readonly temperature?: number;
  /** Keep the fewest tokens, one at least, whose probabilities reach this sum; in [0, 1], default 1. */
  readonly topP?: number;
  /** Added to the scores of tokens, by id; from -100 to 100. */
  readonly logitBias?: ReadonlyMap<number, number>;
  /** Taken from a token's score for every time it was generated; from -2 to 2, default 0. */
  readonly frequencyPenalty?: number;
  /** Taken from a token's score once it was generated; from -2 to 2, default 0. */
  readonly presencePenalty?: number;
}

function check(name: string, value: number, valid: boolean, wanted: string): void {
  if (!valid) throw new RangeError(`${name}: expected ${wanted}, found ${value}`);
}

/**
 * Checks settings that come from outside.
 * @throws {RangeError} If one is out of range; the message names it.
 */
export function checkSamplingSettings(settings: SamplingSettings, vocabularySize: number): void {
  const { temperature = 1, topP = 1, frequencyPenalty = 0, presencePenalty = 0 } = settings;
  check("temperature", temperature, temperature >= 0 && temperature <= 100, "a number from 0 to 100");
  check("topP", topP, topP >= 0 && topP <= 1, "a number from 0 to 1");
  check("frequencyPenalty", frequencyPenalty, Math.abs(frequencyPenalty) <= 2, "a number from -2 to 2");
  check("presencePenalty", presencePenalty, Math.abs(presencePenalty) <= 2, "a number from -2 to 2");
  for (const [token, bias] of settings.logitBias ?? []) {
    const isToken = Number.isInteger(token) && token >= 0 && token < vocabularySize;
    check("logitBias", token, isToken, `token ids from 0 to ${vocabularySize - 1}`);
    check(`logitBias of token ${token}`, bias, Math.abs(bias) <= 100, "a number from -100 to 100");
  }
}

/** Scores with penalties and bias, in float64. */
function adjusted(
  logits: Float32Array,
  { logitBias, frequencyPenalty = 0, presencePenalty = 0 }: SamplingSettings,
  generated: ReadonlyMap<number, number>,
): Float64Array {
  const scores = new Float64Array(logits);
  const add = (token: number, value: number): void => {
    scores[token] = (scores[token] ?? 0) + value;
  };
  for (const [token, count] of generated) add(token, -count * frequencyPenalty - presencePenalty);
  for (const [token, bias] of logitBias ?? []) add(token, bias);
  return scores;
}

/** Turns scores into weights in proportion to their probabilities, the largest 1; returns their sum. */
function weigh(scores: Float64Array, largest: number, temperature: number): number {
  let sum = 0;
  for (let token = 0; token < scores.length; token++) {
    const weight = Math.exp(((scores[token] ?? 0) - largest) / temperature);
    scores[token] = weight;
    sum += weight;
  }
  return sum;
}

/** Sets the weights outside top_p to 0; returns the sum of the rest. */
function cut(weights: Float64Array, sum: number, topP: number): number {
  if (topP === 1) return sum;
  const size = weights.length;
  // Tokens below this share hold less than 1 - top_p together, so the nucleus never needs them: few are left to sort.
  const negligible = ((1 - topP) * sum) / size;
  const sorted = weights
    .filter((weight) => weight >= negligible)
    .sort()
    .reverse();
  let kept = 0;
  let count = 0;
  while (count === 0 || (count < sorted.length && kept < topP * sum)) kept += sorted[count++] ?? 0;
  const least = sorted[count - 1] ?? 0;
  // Of equal weights at the edge, the lower ids stay.
  let ties = count - sorted.indexOf(least);
  for (let token = 0; token < size; token++) {
    const weight = weights[token] ?? 0;
    if (weight < least || (weight === least && ties-- <= 0)) weights[token] = 0;
  }
  return kept;
}

/**
 * Draws a token.
 * @param logits Scores of all tokens, shape (V,), finite.
 * @param generated How often each token was generated so far.
 * @param random Uniform in [0, 1).
 * @throws {Error} If a score is NaN, or the largest infinite: the model has diverged, and no token of it means anything.
 */
export function sampleToken(
  logits: Float32Array,
  settings: SamplingSettings,
  generated: ReadonlyMap<number, number>,
  random: number,
): number {
  const { temperature = 1, topP = 1 } = settings;
  const scores = adjusted(logits, settings, generated);
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(largest)) throw new Error(`Cannot choose a token: the model's largest score is ${largest}`);
  if (temperature === 0) return topIndices(scores, 1)[0] ?? 0;
  const sum = weigh(scores, largest, temperature);
  let left = random * cut(scores, sum, topP);
  let last = 0;
  for (let token = 0; token < scores.length; token++) {
    const weight = scores[token] ?? 0;
    if (weight === 0) continue;
    last = token;
    left -= weight;
    if (left < 0) break;
  }
  // Rounding may leave a trace of the sum: then the last token that was not cut.
  return last;
}
