/**
 * Question: what does a sketch cost for each request, and for each merge of windows? Inserting stands beside the exact
 * way, sorting all values; merging beside its limit, the bare addition of as many counts. In turns; medians of seven.
 */
import { type Figure, rate } from "@millrace/benchmark";
import { addToSketch, emptySketch, mergeSketches, quantile, type QuantileSketch } from "../src/mod.ts";
import { random } from "../src/testing/random.ts";

const VALUES = 1_000_000;
const MERGES = 20_000;
const ROUNDS = 7;

/** Keeps results in use, so that no work is left out. */
let kept = 0;

function secondsOf(work: () => number): number {
  const start = performance.now();
  kept += work();
  return (performance.now() - start) / 1000;
}

function sketchOf(values: Float64Array): QuantileSketch {
  const sketch = emptySketch();
  for (const value of values) addToSketch(sketch, value);
  return sketch;
}

/** Sums of counts, which is all that merging has to do. */
function bareSums(a: readonly number[], b: readonly number[]): number[] {
  const sums = Array.from<number>({ length: a.length }).fill(0);
  for (let i = 0; i < a.length; i++) sums[i] = (a[i] as number) + (b[i] as number);
  return sums;
}

/** Runs the benchmark; gives one figure at a time. */
export async function* run(): AsyncIterable<Figure> {
  const source = random(1);
  const latencies = Float64Array.from({ length: VALUES }, () => 0.2 * Math.exp(0.5 * source.normal()));
  const [ours, sorting]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(secondsOf(() => quantile(sketchOf(latencies), 0.95)));
    sorting.push(secondsOf(() => latencies.toSorted()[Math.floor(0.95 * (VALUES - 1))] as number));
  }
  const bytes = JSON.stringify(sketchOf(latencies)).length;
  const inserted = rate(VALUES, ours);
  yield {
    name: "statistics/sketch-insert",
    configuration: { values: VALUES, sketchBytes: bytes, exactBytes: latencies.byteLength },
    ...inserted,
    unit: "values/s",
    peer: "sorting a Float64Array",
    ratio: inserted.value / rate(VALUES, sorting).value,
  };

  const [a, b] = [sketchOf(latencies.subarray(0, VALUES / 2)), sketchOf(latencies.subarray(VALUES / 2))];
  const { length } = mergeSketches(a, b).bins;
  const [countsA, countsB] = [a, b].map(({ bins }) => Array.from({ length }, (_, i) => bins[i] ?? 0));
  const [merging, adding]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    merging.push(
      secondsOf(() => {
        let sum = 0;
        for (let i = 0; i < MERGES; i++) sum += mergeSketches(a, b).count;
        return sum;
      }),
    );
    adding.push(
      secondsOf(() => {
        let sum = 0;
        for (let i = 0; i < MERGES; i++) sum += bareSums(countsA ?? [], countsB ?? []).length;
        return sum;
      }),
    );
  }
  if (!Number.isFinite(kept)) throw new Error(`benchmark of statistics: found ${kept}, wanted finite results`);
  const merged = rate(MERGES, merging);
  yield {
    name: "statistics/sketch-merge",
    configuration: { bins: length },
    ...merged,
    unit: "merges/s",
    peer: "limit: adding as many counts",
    ratio: merged.value / rate(MERGES, adding).value,
  };
}
