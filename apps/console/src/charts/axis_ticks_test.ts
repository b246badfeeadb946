import fc from "fast-check";
import { expect, test } from "vitest";
import { ticksOf } from "./axis_ticks.ts";

const words = (...of: Parameters<typeof ticksOf>): string[] => ticksOf(...of).map((tick) => tick.words);

test("ticksOf() gives round numbers within the axis, written alike", () => {
  expect(words(2.3, 5.1, 5)).toEqual(["3", "4", "5"]);
  expect(words(2.44, 2.9, 5)).toEqual(["2.5", "2.6", "2.7", "2.8", "2.9"]);
  expect(words(0, 900, 4)).toEqual(["0", "500"]);
  expect(words(0, 1_000_000, 4)).toEqual(["0", "500,000", "1,000,000"]);
  expect(words(0, 3, 4, 1)).toEqual(["0", "1", "2", "3"]);
});

test("ticksOf() stays within the axis and gives few, and two or more where there may be five", () => {
  const spans = fc.record({ low: fc.double({ min: 0, max: 1e6 }), span: fc.double({ min: 1e-3, max: 1e6 }) });
  fc.assert(
    fc.property(
      spans.filter(({ low, span }) => Number.isFinite(low) && Number.isFinite(span)),
      ({ low, span }) => {
        const ticks = ticksOf(low, low + span, 5);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(6);
        const slack = 1e-6 * (1 + low + span);
        for (const { at } of ticks) expect(at >= low - slack && at <= low + span + slack).toBe(true);
      },
    ),
  );
});
