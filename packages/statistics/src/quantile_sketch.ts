/**
 * Quantiles of a stream in a few kilobytes, mergeable without loss: DDSketch. Values fall into bins whose bounds grow by
 * a constant factor, so the middle of a bin is near every value in it, in proportion. Only counts and extremes are
 * kept: merging is integer addition, and the order of values and of merges leaves no trace in the bytes.
 *
 * Unlike the paper's, this sketch never collapses bins: the range of values is bounded instead, and one accuracy serves
 * all, so that any two sketches merge.
 * @see Masson, Rim, Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
 * VLDB 12(12).
 */
import { z } from "zod";

/** Alpha of the paper: an estimate x' of a value x has |x' - x| <= alpha x. */
export const RELATIVE_ACCURACY = 0.01;
/** Values below this count as zero. */
export const LEAST_VALUE = 1e-9;
/** Values above this are refused. */
export const GREATEST_VALUE = 1e12;

const GAMMA = (1 + RELATIVE_ACCURACY) / (1 - RELATIVE_ACCURACY);

/**
 * Bin i holds BOUNDS[i] < v <= BOUNDS[i + 1]; the least value itself is in bin 0. Made by multiplication, whose result
 * is the same on every engine; that of Math.log is not.
 */
const BOUNDS: readonly number[] = makeBounds();
const BINS = BOUNDS.length - 1;

function makeBounds(): number[] {
  const bounds = [LEAST_VALUE];
  for (let bound = LEAST_VALUE; bound < GREATEST_VALUE;) bounds.push((bound *= GAMMA));
  return bounds;
}

const count = z.int().nonnegative();

/** Schema of a sketch's JSON. Equal multisets of values have equal JSON. */
export const quantileSketchSchema = z
  .strictObject({
    format: z.literal("millrace.quantile-sketch.v1"),
    count,
    /** Values below `LEAST_VALUE`. */
    zeros: count,
    /** Null while there are no values. */
    least: z.number().nonnegative().max(GREATEST_VALUE).nullable(),
    greatest: z.number().nonnegative().max(GREATEST_VALUE).nullable(),
    /** Index of the first bin that is not empty; 0 when all are. */
    firstBin: count.max(BINS - 1),
    /** Counts from there to the last bin that is not empty. */
    bins: z.array(count).max(BINS),
  })
  .refine(({ count, zeros, bins }) => bins.reduce((sum, n) => sum + n, zeros) === count, {
    error: "expected count to be the sum of zeros and bins",
  })
  .refine(({ firstBin, bins }) => firstBin + bins.length <= BINS, { error: `expected at most ${BINS} bins` })
  .refine(({ firstBin, bins }) => (bins.length === 0 ? firstBin === 0 : bins[0] !== 0 && bins.at(-1) !== 0), {
    error: "expected no empty bin at either end",
  })
  .refine(
    ({ count, least, greatest }) =>
      least === null || greatest === null ? count === 0 && least === greatest : count > 0 && least <= greatest,
    { error: "expected least <= greatest, both null only without values" },
  );

export type QuantileSketch = z.infer<typeof quantileSketchSchema>;

/** A sketch of no values. */
export function emptySketch(): QuantileSketch {
  return {
    format: "millrace.quantile-sketch.v1",
    count: 0,
    zeros: 0,
    least: null,
    greatest: null,
    firstBin: 0,
    bins: [],
  };
}

function binOf(value: number): number {
  // The logarithm is a guess; the bounds decide.
  let bin = Math.min(BINS - 1, Math.max(0, Math.ceil(Math.log(value / LEAST_VALUE) / Math.log(GAMMA)) - 1));
  while (bin > 0 && value <= (BOUNDS[bin] as number)) bin--;
  while (value > (BOUNDS[bin + 1] as number)) bin++;
  return bin;
}

/**
 * Counts a value. Changes the sketch in place: one is made for each measured request.
 * @param value In [0, 1e12], in any one unit.
 * @throws {RangeError} If the value is negative, too great or not a number.
 */
export function addToSketch(sketch: QuantileSketch, value: number): void {
  if (!(value >= 0 && value <= GREATEST_VALUE))
    throw new RangeError(`adding to a sketch: found ${value}, wanted a number from 0 to ${GREATEST_VALUE}`);
  sketch.count++;
  sketch.least = Math.min(sketch.least ?? value, value);
  sketch.greatest = Math.max(sketch.greatest ?? value, value);
  if (value < LEAST_VALUE) {
    sketch.zeros++;
    return;
  }
  const bin = binOf(value);
  if (sketch.bins.length === 0) sketch.firstBin = bin;
  while (sketch.firstBin > bin) {
    sketch.bins.unshift(0);
    sketch.firstBin--;
  }
  while (sketch.bins.length <= bin - sketch.firstBin) sketch.bins.push(0);
  sketch.bins[bin - sketch.firstBin] = (sketch.bins[bin - sketch.firstBin] ?? 0) + 1;
}

function leastOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function greatestOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** The sketch of both sketches' values. Associative and commutative, to the byte of the JSON. */
export function mergeSketches(a: QuantileSketch, b: QuantileSketch): QuantileSketch {
  const merged: QuantileSketch = {
    ...emptySketch(),
    count: a.count + b.count,
    zeros: a.zeros + b.zeros,
    least: leastOf(a.least, b.least),
    greatest: greatestOf(a.greatest, b.greatest),
  };
  const filled = [a, b].filter(({ bins }) => bins.length > 0);
  if (filled.length === 0) return merged;
  const first = Math.min(...filled.map(({ firstBin }) => firstBin));
  const end = Math.max(...filled.map(({ firstBin, bins }) => firstBin + bins.length));
  merged.firstBin = first;
  merged.bins = Array.from(
    { length: end - first },
    (_, i) => (a.bins[first + i - a.firstBin] ?? 0) + (b.bins[first + i - b.firstBin] ?? 0),
  );
  return merged;
}

/**
 * Bounds of the value at a rank, from the bin it is in.
 * @param rank 0 for the least, `count - 1` for the greatest value.
 * @throws {RangeError} If no value has the rank.
 */
export function boundsAtRank(sketch: QuantileSketch, rank: number): { readonly lower: number; readonly upper: number } {
  if (!(rank >= 0 && rank < sketch.count) || sketch.least === null || sketch.greatest === null)
    throw new RangeError(`reading a sketch of ${sketch.count} values: found rank ${rank}, wanted one of its ranks`);
  let below = sketch.zeros;
  if (rank < below) return { lower: sketch.least, upper: Math.min(LEAST_VALUE, sketch.greatest) };
  let bin = 0;
  for (; bin < sketch.bins.length; bin++) {
    below += sketch.bins[bin] ?? 0;
    if (rank < below) break;
  }
  const lower = BOUNDS[sketch.firstBin + bin] as number;
  const upper = BOUNDS[sketch.firstBin + bin + 1] as number;
  return { lower: Math.max(lower, sketch.least), upper: Math.min(upper, sketch.greatest) };
}

/**
 * Estimates a quantile: the value of rank floor(q (count - 1)).
 * @param q In [0, 1].
 * @returns Within `RELATIVE_ACCURACY` of that value; within 1e-9 of it if it is below `LEAST_VALUE`.
 * @throws {RangeError} If `q` is outside, or the sketch has no values.
 */
export function quantile(sketch: QuantileSketch, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`reading a sketch: found quantile ${q}, wanted 0 to 1`);
  const { lower, upper } = boundsAtRank(sketch, Math.floor(q * (sketch.count - 1)));
  // The point from which both ends of the bin are equally far, in proportion (definition 3 of the paper).
  return upper === 0 ? 0 : (2 * lower * upper) / (lower + upper);
}
