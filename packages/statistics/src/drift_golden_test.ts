/** The tests of drift against SciPy and Evidently; `testdata/make_golden.py` says which, and made the file. */
import { expect, test } from "vitest";
import { chiSquare } from "./chi_square.ts";
import { jensenShannon } from "./jensen_shannon.ts";
import { kolmogorovSmirnov } from "./kolmogorov_smirnov.ts";
import { populationStability } from "./population_stability.ts";
import { chiSquareQuantile, chiSquareTail, kolmogorovTail, logGamma } from "./special_functions.ts";
import golden from "./testdata/drift_golden.json" with { type: "json" };

/** Rounding of sums of at most a few thousand terms. */
function expectClose(found: number, wanted: number, what: string): void {
  expect(Math.abs(found - wanted), `${what}: found ${found}, wanted ${wanted}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(wanted) + 1e-15,
  );
}

test.each(golden.counts)("counts $reference and $current give SciPy's values", (one) => {
  const { reference, current } = one;
  expectClose(populationStability(reference, current, 0.01).value, one.populationStability, "index");
  // JSD is a difference of sums near each other: its root keeps fewer digits near 0.
  expect(jensenShannon(reference, current)).toBeCloseTo(one.jensenShannon, 8);
  const { statistic, degreesOfFreedom, pValue } = chiSquare(reference, current);
  expectClose(statistic, one.chiSquare.statistic, "statistic");
  expect(degreesOfFreedom).toBe(one.chiSquare.degreesOfFreedom);
  expectClose(pValue, one.chiSquare.pValue, "p value");
});

test("jensenShannon() is Evidently's distance; so is the index where counts are large enough for smoothing to vanish", () => {
  for (const { reference, current, evidentlyJensenShannon } of golden.counts)
    expect(jensenShannon(reference, current)).toBeCloseTo(evidentlyJensenShannon, 8);
  const large = golden.counts.at(-1);
  if (!large) throw new Error("drift_golden.json: found no counts");
  const { value } = populationStability(large.reference, large.current, 0.01);
  expect(value).toBeCloseTo(large.evidentlyPopulationStability, 6);
});

test.each(golden.kolmogorovSmirnov)("kolmogorovSmirnov() gives SciPy's exact p value $pValue", (one) => {
  const { statistic, pValue } = kolmogorovSmirnov(one.reference, one.current);
  expectClose(statistic, one.statistic, "statistic");
  expectClose(pValue, one.pValue, "p value");
});

test.each(golden.kolmogorovSmirnovLarge)(
  "kolmogorovSmirnov() of $n and $m values is within 0.002 of SciPy's exact p value",
  (one) => {
    const reference = Array.from({ length: one.n }, (_, i) => (i * 7919) % 10007);
    const current = Array.from({ length: one.m }, (_, i) => one.stretch * ((i * 6007) % 10007) + 0.5);
    const { statistic, pValue } = kolmogorovSmirnov(reference, current);
    expectClose(statistic, one.statistic, "statistic");
    expect(Math.abs(pValue - one.pValue)).toBeLessThan(0.002);
  },
);

test("special functions give SciPy's values", () => {
  for (const { value, degrees, probability } of golden.chiSquareTail) {
    const found = chiSquareTail(value, degrees);
    expect(Math.abs(found - probability), `${value} ${degrees}`).toBeLessThanOrEqual(1e-10 * probability + 1e-15);
    // Where the tail is steep enough to be inverted at all.
    if (probability > 1e-12 && probability < 0.999)
      expect(Math.abs(chiSquareQuantile(probability, degrees) / value - 1)).toBeLessThan(1e-8);
  }
  for (const { value, probability } of golden.kolmogorovTail)
    expect(Math.abs(kolmogorovTail(value) - probability), `${value}`).toBeLessThanOrEqual(1e-9 * probability + 1e-15);
  for (const { value, result } of golden.logGamma)
    expect(Math.abs(logGamma(value) - result)).toBeLessThanOrEqual(1e-13 * Math.abs(result) + 1e-13);
});
