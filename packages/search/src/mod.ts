/**
 * Which values to try next, and which trial to give up: pure functions of a seed and of the trials so far.
 *
 * ```ts
 * import { suggest, shouldStop, type Trial } from "@millrace/search";
 *
 * const space = {
 *   "train.learningRate": { kind: "float", low: 1e-4, high: 1e-2, log: true },
 *   "model.layers": { kind: "integer", low: 2, high: 6, log: false },
 * } as const;
 * const trials: Trial[] = [];
 * for (let number = 0; number < 20; number++) {
 *   const values = suggest({ space, method: "tpe", seed: 1 }, number, trials)!;
 *   const objective = Math.abs(Math.log10(values["train.learningRate"] as number) + 3);
 *   trials.push({ number, values, state: "completed", objective, reports: [{ step: 10, value: objective }] });
 * }
 * console.log(shouldStop({ name: "median", startupTrials: 5, warmupSteps: 0 }, [{ step: 10, value: 9 }], trials)); // true
 * ```
 *
 * @module
 */
export { gridSize } from "./grid.ts";
export { type AshaPruner, type MedianPruner, type Pruner, shouldStop } from "./pruner.ts";
export {
  type CategoricalDimension,
  type Dimension,
  type FloatDimension,
  type IntegerDimension,
  type Space,
  type Value,
  type Values,
} from "./space.ts";
export { METHODS, type Method, type Search, suggest } from "./suggest.ts";
export { bestOf, ranked, type Report, type Trial } from "./trial.ts";
