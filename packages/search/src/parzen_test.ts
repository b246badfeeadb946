import { expect, test } from "vitest";
import { normalBelow } from "./normal.ts";
import { parzen } from "./parzen.ts";
import { randomOf } from "./random.ts";
import type { Dimension } from "./space.ts";

const numbers: Dimension = { kind: "float", low: 0, high: 1, log: false };
const letters: Dimension = { kind: "categorical", choices: ["a", "b", "c"] };

test("normalBelow() has the tabulated values of the normal distribution", () => {
  expect(normalBelow(0)).toBe(0.5);
  expect(normalBelow(1)).toBeCloseTo(0.841_344_746_068_542_9, 14);
  expect(normalBelow(-1.959_963_984_540_054)).toBeCloseTo(0.025, 14);
  expect(normalBelow(-9)).toBe(0);
});

test("parzen() is a density: over all places and choices it sums to 1", () => {
  const observed = [
    [0.1, 0],
    [0.15, 2],
    [0.9, 2],
  ];
  for (const narrowing of [1, 0.5]) {
    const { logDensity } = parzen([numbers, letters], observed, narrowing);
    let sum = 0;
    const cells = 2000;
    for (let cell = 0; cell < cells; cell++) {
      for (const letter of [0, 1, 2]) sum += Math.exp(logDensity([(cell + 0.5) / cells, letter])) / cells;
    }
    expect(sum).toBeCloseTo(1, 5);
  }
});

test("parzen() draws as its density says", () => {
  const estimator = parzen(
    [numbers, letters],
    [
      [0.2, 1],
      [0.25, 1],
      [0.8, 0],
    ],
    1,
  );
  const random = randomOf(5, 0);
  const draws = Array.from({ length: 20_000 }, () => estimator.sample(random));
  const cells = 1000;
  for (const letter of [0, 1, 2]) {
    let expected = 0;
    for (let cell = 0; cell < cells / 2; cell++) {
      expected += Math.exp(estimator.logDensity([(cell + 0.5) / cells, letter])) / cells;
    }
    const share = draws.filter(([place, drawn]) => place! < 0.5 && drawn === letter).length / draws.length;
    expect(share).toBeCloseTo(expected, 1);
  }
});

test("parzen() gives each choice what is as if all kernels together had seen it once", () => {
  const { logDensity } = parzen([letters], [[0], [0], [0], [0], [0]], 1);
  // Six kernels: in each of the five the entry seen counts 1 and every entry 1/6; the prior's are alike.
  expect(Math.exp(logDensity([1]))).toBeCloseTo(((5 / 6) * (1 / 6)) / (1 + 3 / 6) + 1 / 6 / 3, 12);
});

test("parzen() of nothing observed is the prior alone", () => {
  const { logDensity } = parzen([letters], [], 1);
  expect(logDensity([1])).toBeCloseTo(Math.log(1 / 3), 12);
});
