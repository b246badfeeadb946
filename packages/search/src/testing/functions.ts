/** Functions with known least values, on which searches are compared. */
import type { Space, Values } from "../space.ts";

/** A function to find the least value of. */
export interface TestFunction {
  readonly name: string;
  readonly space: Space;
  readonly least: number;
  at(values: Values): number;
}

const float = (low: number, high: number) => ({ kind: "float", low, high, log: false }) as const;

/** Branin's function: three minima of one depth. @see Dixon and Szegö 1978, "The global optimisation problem". */
export const BRANIN: TestFunction = {
  name: "branin",
  space: { x: float(-5, 10), y: float(0, 15) },
  least: 0.397_887_357_729_738_16,
  at(values) {
    const [x, y] = [values["x"] as number, values["y"] as number];
    const bowl = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
    return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const WEIGHTS = [1, 1.2, 3, 3.2];
const SHARPNESS = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const CENTRES = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** Hartmann's function of six variables: six minima, one of them the least. @see Dixon and Szegö 1978. */
export const HARTMANN_6: TestFunction = {
  name: "hartmann6",
  space: Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`x${at}`, float(0, 1)])),
  least: -3.322_368_011_391_339,
  at(values) {
    let sum = 0;
    for (const [row, weight] of WEIGHTS.entries()) {
      let distance = 0;
      for (let at = 0; at < 6; at++) {
        distance += SHARPNESS[row]![at]! * ((values[`x${at}`] as number) - CENTRES[row]![at]!) ** 2;
      }
      sum -= weight * Math.exp(-distance);
    }
    return sum;
  },
};
