import fc from "fast-check";
import { expect, test } from "vitest";
import { fairSample } from "./fair_sample.ts";

const candidates = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), sizeBytes: fc.integer({ min: 1, max: 100 }) }),
  {
    selector: ({ id }) => id,
  },
);

function sizeOf(documents: readonly { readonly sizeBytes: number }[]): number {
  return documents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

test("fairSample() chooses the same documents whatever their order and in whatever parts they come", () => {
  fc.assert(
    fc.property(candidates, fc.nat({ max: 500 }), fc.nat(), (documents, budget, at) => {
      const whole = fairSample(documents, budget);
      const middle = at % (documents.length + 1);
      const first = fairSample(documents.slice(middle).toReversed(), budget);
      expect(fairSample([...first, ...documents.slice(0, middle)], budget)).toEqual(whole);
    }),
  );
});

test("fairSample() stops with the document that reaches its budget, and keeps everything that fits", () => {
  fc.assert(
    fc.property(candidates, fc.nat({ max: 5000 }), (documents, budget) => {
      const chosen = fairSample(documents, budget);
      if (chosen.length < documents.length) expect(sizeOf(chosen)).toBeGreaterThanOrEqual(budget);
      if (chosen.length > 0) expect(sizeOf(chosen.slice(0, -1))).toBeLessThan(budget);
      if (sizeOf(documents) <= budget) expect(chosen).toHaveLength(documents.length);
    }),
  );
});

test("fairSample() takes ids that differ in their last character from all over", () => {
  const documents = Array.from({ length: 100 }, (_, i) => ({ id: `doc-${String(i).padStart(3, "0")}`, sizeBytes: 1 }));
  const numbers = fairSample(documents, 50).map(({ id }) => Number(id.slice(4)));
  const low = numbers.filter((number) => number < 50).length;
  expect(low).toBeGreaterThan(10);
  expect(low).toBeLessThan(40);
});
