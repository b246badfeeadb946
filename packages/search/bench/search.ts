/**
 * Question: how far from the least value is the best of 100 trials? Medians and quartiles over as many seeds. The sampler's constants were
 * chosen on Branin's and Hartmann's functions; the others have never had a part in that. Where MILLRACE_BENCH_PYTHON names an interpreter
 * that imports Optuna, its TPE searches the same with its defaults. The figures depend on seeds alone, on no machine.
 */
import { fileURLToPath } from "node:url";
import { type Figure, quantile, typical } from "@millrace/benchmark";
import { openPythonPeer, type PythonPeer } from "@millrace/benchmark/python_peer";
import { z } from "zod";
import { ACKLEY_5, BRANIN, HARTMANN_6, MIXED, ROSENBROCK_4, type TestFunction } from "../src/testing/functions.ts";
import { regretAfter } from "../src/testing/minimise.ts";

const TRIALS = 100;
const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);
const OPTUNA = fileURLToPath(new URL("./optuna_peer.py", import.meta.url));
const QUARTILES = [
  ["lower quartile", 0.25],
  ["upper quartile", 0.75],
] as const;
const Suggested = z.strictObject({ values: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])) });

/** Runs the benchmark; gives one figure at a time. */
export async function* run(): AsyncIterable<Figure> {
  const peer = await openPythonPeer(OPTUNA, []);
  try {
    for (const fn of [BRANIN, HARTMANN_6, ACKLEY_5, ROSENBROCK_4, MIXED]) {
      const theirs = peer && (await regretsOf(peer, fn));
      for (const method of ["tpe", "random"] as const) {
        const regrets = SEEDS.map((seed) => regretAfter(TRIALS, fn, method, seed));
        const beside = (share: number) => {
          const their = theirs && quantile(theirs, share);
          return {
            peer: their === undefined ? null : `${peer?.name}, ${their.toPrecision(3)}`,
            ratio: their === undefined ? null : quantile(regrets, share) / their,
          };
        };
        const name = `search/${fn.name}-${method}`;
        const shown = { configuration: { trials: TRIALS, seeds: SEEDS.length }, unit: "regret" };
        yield { name, ...shown, ...typical(regrets), ...beside(0.5) };
        for (const [title, share] of QUARTILES) {
          yield { name: `${name} ${title}`, ...shown, value: quantile(regrets, share), spread: 0, ...beside(share) };
        }
      }
    }
  } finally {
    await peer?.close();
  }
}

/** What the best trials of the peer's searches are above the least value there is, one a seed. */
async function regretsOf(peer: PythonPeer, fn: TestFunction): Promise<number[]> {
  const regrets: number[] = [];
  for (const seed of SEEDS) {
    let { values } = await peer.ask({ space: fn.space, seed }, Suggested);
    let best = Number.POSITIVE_INFINITY;
    for (let number = 0; number < TRIALS; number++) {
      const objective = fn.at(values);
      best = Math.min(best, objective);
      ({ values } = await peer.ask({ objective }, Suggested));
    }
    regrets.push(best - fn.least);
  }
  return regrets;
}
