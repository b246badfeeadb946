/**
 * The tree-structured Parzen estimator in its multivariate form. Trials are parted into good ones and the rest; values are
 * drawn where good ones lie dense, and the draw is taken whose density among the good is largest against that among the rest,
 * which is where the expected improvement is largest.
 *
 * @see Bergstra, Bardenet, Bengio, Kégl 2011, "Algorithms for hyper-parameter optimization", NeurIPS.
 * @see Falkner, Klein, Hutter 2018, "BOHB: robust and efficient hyperparameter optimization at scale", ICML, for one density
 * over all dimensions.
 * @see Watanabe 2023, "Tree-structured Parzen estimator: understanding its algorithm components", arXiv 2304.11127.
 */
import { parzen, type Point } from "./parzen.ts";
import type { Random } from "./random.ts";
import { placeOf, type Space, valueAt, type Values } from "./space.ts";
import { ranked, type Trial } from "./trial.ts";

/** Trials of which nothing is known yet: they are drawn at random. */
export const STARTUP_TRIALS = 10;
/** Draws to choose from. */
const CANDIDATES = 64;
/** Part of the trials that counts as good, and the most that do. */
const GOOD_SHARE = 0.1;
const MOST_GOOD = 25;
/** Few good trials lie far from each other: only kernels narrower than their distances look closely at each of them. */
const NARROWING_OF_GOOD = 0.5;

/** Values for the next trial. @param trials At least one that ended. */
export function suggestByTpe(space: Space, trials: readonly Trial[], random: Random): Values {
  const dimensions = Object.values(space);
  const keys = Object.keys(space);
  const points = ranked(trials).map(({ values }): Point => keys.map((key) => placeOf(space[key]!, values[key]!)));
  const count = Math.min(MOST_GOOD, Math.ceil(GOOD_SHARE * points.length));
  const good = parzen(dimensions, points.slice(0, count), NARROWING_OF_GOOD);
  const rest = parzen(dimensions, points.slice(count), 1);
  let [best, most]: [Point, number] = [[], Number.NEGATIVE_INFINITY];
  for (let draw = 0; draw < CANDIDATES; draw++) {
    const point = good.sample(random);
    const gain = good.logDensity(point) - rest.logDensity(point);
    if (gain > most) [best, most] = [point, gain];
  }
  return Object.fromEntries(keys.map((key, at) => [key, valueAt(space[key]!, best[at]!)]));
}
