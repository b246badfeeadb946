/**
 * Is this window different? Sketches that merge, tests of drift, detectors of anomalies, and comparisons that may be
 * looked at any time.
 *
 * ```ts
 * import { addToSketch, compareRates, emptySketch, populationStability, quantile } from "@millrace/statistics";
 *
 * const latency = emptySketch();
 * for (const seconds of [0.12, 0.15, 0.9]) addToSketch(latency, seconds);
 * console.log(quantile(latency, 0.5)); // 0.15, within 1 %
 *
 * console.log(populationStability([500, 300, 200], [20, 50, 30], 0.001).drifted); // true
 *
 * const { lower } = compareRates({ events: 20, trials: 1000 }, { events: 14, trials: 100 }, 0.05);
 * if (lower > 0) console.log("the canary fails more often");
 * ```
 *
 * @module
 */
export { chiSquare, type ChiSquareTest } from "./chi_square.ts";
export { compareQuantiles } from "./compare_quantiles.ts";
export { compareRates, type Comparison, type RateComparison } from "./compare_rates.ts";
export { type EwmaState, ewmaStateSchema, initEwma, updateEwma } from "./ewma_chart.ts";
export { jensenShannon } from "./jensen_shannon.ts";
export type { Judged } from "./judged.ts";
export { kolmogorovSmirnov, type KolmogorovSmirnovTest } from "./kolmogorov_smirnov.ts";
export { type PopulationStability, populationStability } from "./population_stability.ts";
export {
  addToSketch,
  boundsAtRank,
  emptySketch,
  mergeSketches,
  quantile,
  type QuantileSketch,
  quantileSketchSchema,
  RELATIVE_ACCURACY,
} from "./quantile_sketch.ts";
export type { RateCounts } from "./rate_evidence.ts";
export { initRobustZ, type RobustZState, robustZStateSchema, updateRobustZ } from "./robust_z.ts";
export { DRIFT_THRESHOLDS } from "./thresholds.ts";
