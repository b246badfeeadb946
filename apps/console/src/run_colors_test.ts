import fc from "fast-check";
import { expect, test } from "vitest";
import { COLORS, colorsOf } from "./run_colors.ts";
import { at, runAt } from "./testing/scene_data.ts";

const runs = Array.from({ length: 20 }, (_, index) => runAt("serving", { id: `run-${index}`, createdAt: at(index) }));
const pick = (indices: readonly number[]) => indices.flatMap((index) => runs[index] ?? []);

test("colorsOf() gives a run the same colour whatever stands beside it, among six in a row and when more are started", () => {
  const alone = colorsOf(pick([3]), runs);
  expect(colorsOf(pick([7, 3, 5]), runs).get("run-3")).toBe(alone.get("run-3"));
  expect(colorsOf(pick([3]), runs.slice(0, 9).toReversed()).get("run-3")).toBe(alone.get("run-3"));
});

test("colorsOf() gives no colour twice, and does not depend on the order", () => {
  const chosen = fc.uniqueArray(fc.nat(19), { maxLength: COLORS });
  fc.assert(
    fc.property(chosen, (indices) => {
      const colors = colorsOf(pick(indices), runs);
      expect(new Set(colors.values()).size).toBe(indices.length);
      expect(colorsOf(pick(indices.toReversed()), runs)).toEqual(colors);
      for (const color of colors.values()) expect([1, 2, 3, 4, 5, 6]).toContain(color);
    }),
  );
});
