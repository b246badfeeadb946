/**
 * Question: how far from the least value is the best of 100 trials? Medians over 100 seeds, beside Optuna's TPE with its
 * defaults over as many seeds. Optuna needs Python, so its figures are recorded, not measured here; they depend on no machine.
 * `docs/benchmarks/search.md` says how they came about.
 */
import { type Figure, typical } from "@millrace/benchmark";
import { BRANIN, HARTMANN_6 } from "../src/testing/functions.ts";
import { regretAfter } from "../src/testing/minimise.ts";

const TRIALS = 100;
const SEEDS = 100;
const PEER = "Optuna 5.0.0's TPE, recorded";
const CASES = [
  { fn: BRANIN, optuna: 0.025_561 },
  { fn: HARTMANN_6, optuna: 0.132_495 },
] as const;

/** Runs the benchmark; gives one figure at a time. */
export async function* run(): AsyncIterable<Figure> {
  for (const { fn, optuna } of CASES) {
    for (const method of ["tpe", "random"] as const) {
      const regrets = Array.from({ length: SEEDS }, (_, seed) => regretAfter(TRIALS, fn, method, seed));
      const regret = typical(regrets);
      yield {
        name: `search/${fn.name}-${method}`,
        configuration: { trials: TRIALS, seeds: SEEDS },
        ...regret,
        unit: "regret",
        peer: PEER,
        ratio: regret.value / optuna,
      };
    }
  }
}
