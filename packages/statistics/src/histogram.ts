/** Counts of values in fixed bins, as Prometheus and OpenTelemetry cut them: a bin includes its upper edge. */
import { z } from "zod";

const count = z.int().nonnegative();

/** Schema of a histogram's JSON. */
export const histogramSchema = z
  .strictObject({
    format: z.literal("millrace.histogram.v1"),
    /** Ascending, shape (E,). */
    edges: z.array(z.number()).min(1).max(1000),
    /** Shape (E + 1,): v <= edges[0]; edges[i - 1] < v <= edges[i]; edges[E - 1] < v. */
    counts: z.array(count),
  })
  .refine(({ edges }) => isAscending(edges), { error: "expected ascending edges" })
  .refine(({ edges, counts }) => counts.length === edges.length + 1, { error: "expected one count more than edges" });

export type Histogram = z.infer<typeof histogramSchema>;

function isAscending(edges: readonly number[]): boolean {
  return edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > (edges[i - 1] as number)));
}

/**
 * A histogram of no values.
 * @param edges Ascending and finite, at least one.
 * @throws {RangeError} If they are not.
 */
export function emptyHistogram(edges: readonly number[]): Histogram {
  if (edges.length === 0 || !isAscending(edges))
    throw new RangeError(`making a histogram: found edges [${edges.join(", ")}], wanted ascending finite numbers`);
  return {
    format: "millrace.histogram.v1",
    edges: [...edges],
    counts: Array.from({ length: edges.length + 1 }, () => 0),
  };
}

/**
 * Counts a value. Changes the histogram in place.
 * @throws {RangeError} If the value is not a number.
 */
export function addToHistogram(histogram: Histogram, value: number): void {
  if (Number.isNaN(value)) throw new RangeError("adding to a histogram: found NaN, wanted a number");
  const { edges, counts } = histogram;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  counts[low] = (counts[low] ?? 0) + 1;
}

/**
 * The histogram of both histograms' values. Associative and commutative.
 * @throws {RangeError} If their edges differ.
 */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  if (a.edges.length !== b.edges.length || a.edges.some((edge, i) => edge !== b.edges[i]))
    throw new RangeError(`merging histograms: found edges [${b.edges.join(", ")}], wanted [${a.edges.join(", ")}]`);
  return { ...a, edges: [...a.edges], counts: a.counts.map((n, i) => n + (b.counts[i] ?? 0)) };
}
