import type { TrainingPoint } from "@millrace/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { downsample } from "./downsample.ts";

const curve = fc
  .uniqueArray(fc.record({ step: fc.nat(5000), loss: fc.float({ noNaN: true, min: 0, max: 20 }) }), {
    selector: ({ step }) => step,
  })
  .map((points): TrainingPoint[] =>
    points.toSorted((left, right) => left.step - right.step).map((one) => ({ ...one, elapsedSeconds: one.step })),
  );

const losses = (of: readonly TrainingPoint[]): number[] => of.map(({ loss }) => loss ?? 0);

test("downsample() keeps order, both ends, the least and the greatest loss, and about as many as asked for", () => {
  fc.assert(
    fc.property(curve, fc.integer({ min: 2, max: 60 }), (points, most) => {
      const kept = downsample(points, most);
      expect(kept).toEqual(points.filter((point) => kept.includes(point)));
      expect(kept.length).toBeLessThanOrEqual(Math.max(points.length <= most ? most : 0, most + 2));
      if (points.length === 0) return;
      expect([kept.at(0), kept.at(-1)]).toEqual([points.at(0), points.at(-1)]);
      expect(Math.min(...losses(kept))).toBe(Math.min(...losses(points)));
      expect(Math.max(...losses(kept))).toBe(Math.max(...losses(points)));
    }),
  );
});

test("downsample() keeps every validation", () => {
  const points = Array.from({ length: 1000 }, (_, step) => ({
    step,
    loss: 1,
    elapsedSeconds: step,
    ...(step % 100 === 50 ? { validationLoss: 2 } : {}),
  }));
  expect(downsample(points, 4).filter(({ validationLoss }) => validationLoss !== undefined)).toHaveLength(10);
});
