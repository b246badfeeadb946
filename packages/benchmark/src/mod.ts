/**
 * Figures of benchmarks.
 *
 * ```ts
 * import { type Figure, rate, typical } from "@millrace/benchmark";
 *
 * export async function* run(): AsyncIterable<Figure> {
 *   const [ours, theirs] = [[1.9, 2.0, 2.2], [3.9, 4.0, 4.1]]; // seconds of three rounds
 *   const peer = rate(100, theirs);
 *   const own = rate(100, ours);
 *   const beside = { peer: "the other way", ratio: own.value / peer.value };
 *   yield { name: "example/rate", configuration: { bytes: 100 }, ...own, unit: "B/s", ...beside };
 *   yield { name: "example/time", configuration: { bytes: 100 }, ...typical(ours), unit: "s", peer: null, ratio: null };
 * }
 * ```
 *
 * @module
 */
export { type Figure } from "./figure.ts";
export { quantile, rate, type Typical, typical } from "./typical.ts";
