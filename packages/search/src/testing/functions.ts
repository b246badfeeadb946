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

const ACKLEY_BOUND = 32.768;

/** Ackley's function of five variables: one deep funnel among many dents. @see Ackley 1987; Bäck 1996 for any number of variables. */
export const ACKLEY_5: TestFunction = {
  name: "ackley5",
  space: Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`x${at}`, float(-ACKLEY_BOUND, ACKLEY_BOUND)])),
  least: 0,
  at(values) {
    const x = Object.values(values) as number[];
    const mean = (of: (x: number) => number): number => x.reduce((sum, each) => sum + of(each), 0) / x.length;
    const [squares, waves] = [mean((x) => x * x), mean((x) => Math.cos(2 * Math.PI * x))];
    return -20 * Math.exp(-0.2 * Math.sqrt(squares)) - Math.exp(waves) + 20 + Math.E;
  },
};

/** Rosenbrock's function of four variables: a flat, bent valley. @see Rosenbrock 1960. */
export const ROSENBROCK_4: TestFunction = {
  name: "rosenbrock4",
  space: Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`x${at}`, float(-5, 10)])),
  least: 0,
  at(values) {
    const x = [0, 1, 2, 3].map((at) => values[`x${at}`] as number);
    return [0, 1, 2].reduce((sum, at) => sum + 100 * (x[at + 1]! - x[at]! ** 2) ** 2 + (1 - x[at]!) ** 2, 0);
  },
};

/** Of an optimiser the logarithm of its best learning rate, and what it is behind the best optimiser. */
const OPTIMISERS = { adamw: [-2.5, 0.05], muon: [-2, 0], sgd: [-1, 0.2] } as const;

/** Made up in the form of a recipe's search: all kinds of keys, two on a logarithmic scale, and the learning rate depends on a choice. */
export const MIXED: TestFunction = {
  name: "mixed",
  space: {
    learningRate: { kind: "float", low: 1e-5, high: 0.1, log: true },
    width: { kind: "integer", low: 16, high: 512, log: true },
    layers: { kind: "integer", low: 1, high: 8, log: false },
    dropout: float(0, 0.5),
    optimiser: { kind: "categorical", choices: Object.keys(OPTIMISERS) },
    schedule: { kind: "categorical", choices: ["cosine", "linear"] },
  },
  least: 0,
  at({ learningRate, width, layers, dropout, optimiser, schedule }) {
    const [rate, behind] = OPTIMISERS[optimiser as keyof typeof OPTIMISERS];
    return (
      behind +
      (schedule === "cosine" ? 0 : 0.03) +
      0.1 * (Math.log10(learningRate as number) - rate) ** 2 +
      0.02 * (Math.log2(width as number) - 7) ** 2 +
      0.01 * ((layers as number) - 5) ** 2 +
      0.5 * ((dropout as number) - 0.1) ** 2
    );
  },
};
