import { gridPoint } from "./grid.ts";
import { type Random, randomOf } from "./random.ts";
import { type Dimension, type Space, valueAt, type Values } from "./space.ts";
import { STARTUP_TRIALS, suggestByTpe } from "./tpe.ts";
import type { Trial } from "./trial.ts";

export const METHODS = ["tpe", "random", "grid"] as const;
export type Method = (typeof METHODS)[number];

/** What is searched, and how. */
export interface Search {
  /** At least one key, each with a value or more, as the schema of recipes wants. */
  readonly space: Space;
  readonly method: Method;
  /** Any safe integer. */
  readonly seed: number;
}

/**
 * The values that trial `number` tries: a function of its arguments, so a search that is taken up again goes on as it would
 * have.
 * @param trials The trials that are known when this one begins, running ones included, in any order.
 * @returns Undefined where the grid has no further point.
 */
export function suggest({ space, method, seed }: Search, number: number, trials: readonly Trial[]): Values | undefined {
  if (method === "grid") return gridPoint(space, number);
  const random = randomOf(seed, number);
  if (method === "random" || trials.filter(({ state }) => state !== "running").length < STARTUP_TRIALS) {
    return Object.fromEntries(
      Object.entries(space).map(([key, dimension]) => [key, valueAt(dimension, anyPlace(dimension, random))]),
    );
  }
  return suggestByTpe(
    space,
    trials.toSorted((a, b) => a.number - b.number),
    random,
  );
}

function anyPlace(dimension: Dimension, random: Random): number {
  return dimension.kind === "categorical" ? random.below(dimension.choices.length) : random.uniform();
}
