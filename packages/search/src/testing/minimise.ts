import { type Method, suggest } from "../suggest.ts";
import { bestOf, type Trial } from "../trial.ts";
import type { TestFunction } from "./functions.ts";

/** Searches one trial after another; gives what the best one is above the least value there is. */
export function regretAfter(count: number, fn: TestFunction, method: Method, seed: number): number {
  const trials: Trial[] = [];
  for (let number = 0; number < count; number++) {
    const values = suggest({ space: fn.space, method, seed }, number, trials)!;
    trials.push({ number, values, state: "completed", objective: fn.at(values), reports: [] });
  }
  return bestOf(trials)!.objective! - fn.least;
}
