/**
 * A Parzen estimator over a space: a mixture of one kernel for each observation and one for the prior. A kernel is a
 * product over the dimensions, so what goes well together is kept together. Numbers have a normal kernel cut to [0, 1], as
 * wide as the larger distance to its neighbours; choices that of Aitchison and Aitken.
 *
 * @see Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", section 4, for the widths and the prior.
 * @see Falkner, Klein, Hutter 2018, "BOHB", section 3.1, for the product over dimensions.
 */
import { normalBelow } from "./normal.ts";
import type { Random } from "./random.ts";
import type { Dimension } from "./space.ts";

/** One place for each dimension, as `placeOf` gives it. */
export type Point = readonly number[];

interface Kernel {
  readonly centre: Point;
  /** Deviation of a number; of a choice, its share of the probability that goes to all entries alike. */
  readonly widths: readonly number[];
  /** Logarithm of weight and norming constants. */
  readonly logScale: number;
  readonly isPrior: boolean;
}

export interface Parzen {
  sample(random: Random): Point;
  logDensity(point: Point): number;
}

/** Kernels get no narrower than one part in this many, however many observations there are. */
const MOST_DIVISIONS = 100;

/**
 * Makes the estimator.
 * @param observed Shape (N, D).
 * @param narrowing Factor of the least width of a kernel of numbers, in (0, 1]. That width is one part in N + 2.
 */
export function parzen(dimensions: readonly Dimension[], observed: readonly Point[], narrowing: number): Parzen {
  const count = observed.length;
  const least = narrowing / Math.min(MOST_DIVISIONS, count + 2);
  const columns = dimensions.map((dimension, at) =>
    dimension.kind === "categorical"
      ? observed.map(() => evenShare(dimension.choices.length, count + 1))
      : neighbourDistances(observed.map((point) => point[at]!)).map((width) => Math.min(1, Math.max(least, width))),
  );
  const kernels = [
    ...observed.map((centre, row) => kernelOf(centre, (at) => columns[at]![row]!, false)),
    kernelOf(
      dimensions.map(() => 0.5),
      () => 1,
      true,
    ),
  ];

  function kernelOf(centre: Point, widthAt: (at: number) => number, isPrior: boolean): Kernel {
    const widths = dimensions.map((_, at) => widthAt(at));
    let logScale = -Math.log(count + 1);
    for (const [at, { kind }] of dimensions.entries()) {
      if (kind === "categorical") continue;
      const [mean, deviation] = [centre[at]!, widths[at]!];
      const inside = normalBelow((1 - mean) / deviation) - normalBelow(-mean / deviation);
      logScale -= Math.log(deviation * Math.sqrt(2 * Math.PI) * inside);
    }
    return { centre, widths, logScale, isPrior };
  }

  function logKernel({ centre, widths, logScale }: Kernel, point: Point): number {
    let sum = logScale;
    for (const [at, dimension] of dimensions.entries()) {
      if (dimension.kind === "categorical") {
        const share = widths[at]!;
        sum += Math.log(share / dimension.choices.length + (point[at] === centre[at] ? 1 - share : 0));
      } else sum -= 0.5 * ((point[at]! - centre[at]!) / widths[at]!) ** 2;
    }
    return sum;
  }

  return {
    sample(random) {
      const { centre, widths } = kernels[random.below(kernels.length)]!;
      return dimensions.map((dimension, at) => {
        if (dimension.kind === "categorical") {
          return random.uniform() < widths[at]! ? random.below(dimension.choices.length) : centre[at]!;
        }
        // The centre lies inside and no deviation is above 1, so at least a third of all draws are.
        for (;;) {
          const place = centre[at]! + widths[at]! * random.normal();
          if (place >= 0 && place <= 1) return place;
        }
      });
    },
    logDensity(point) {
      const logs = kernels.map((kernel) => logKernel(kernel, point));
      const most = Math.max(...logs);
      return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0));
    },
  };
}

/**
 * Share of a kernel of choices that goes to all entries alike: as if every entry had been seen once by all kernels together. With a share
 * that does not grow with the entries, each of many is soon tried no more, and a search stays with the first one that did well.
 */
function evenShare(choices: number, kernels: number): number {
  return choices / (kernels + choices);
}

/** The larger distance to a neighbour; of the outermost ones to the only neighbour, of a single one to the farther end. */
function neighbourDistances(places: readonly number[]): number[] {
  if (places.length === 1) return places.map((place) => Math.max(place, 1 - place));
  const order = places.map((_, at) => at).sort((a, b) => places[a]! - places[b]!);
  const distances = places.map(() => 0);
  for (let rank = 1; rank < order.length; rank++) {
    const [left, right] = [order[rank - 1]!, order[rank]!];
    const distance = places[right]! - places[left]!;
    distances[left] = Math.max(distances[left]!, distance);
    distances[right] = Math.max(distances[right]!, distance);
  }
  return distances;
}
