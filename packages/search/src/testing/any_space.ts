/** Spaces and trials of any form, for fast-check. */
import fc from "fast-check";
import type { Dimension, Space, Value, Values } from "../space.ts";
import type { Trial } from "../trial.ts";

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }), fc.boolean())
  .map(([low, more, log]) => ({ low, high: low + more, log }));

export const anyDimension: fc.Arbitrary<Dimension> = fc.oneof(
  bounds.map((each): Dimension => ({ kind: "float", ...each })),
  bounds.map((each): Dimension => ({ kind: "integer", ...each })),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 5 })
    .map((choices): Dimension => ({ kind: "categorical", choices })),
);

export const anySpace: fc.Arbitrary<Space> = fc
  .array(anyDimension, { minLength: 1, maxLength: 4 })
  .map((dimensions) => Object.fromEntries(dimensions.map((dimension, at) => [`key${at}`, dimension])));

export function anyValueOf(dimension: Dimension): fc.Arbitrary<Value> {
  if (dimension.kind === "categorical") return fc.constantFrom(...dimension.choices);
  const { kind, low: min, high: max } = dimension;
  return kind === "integer" ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
}

function anyValues(space: Space): fc.Arbitrary<Values> {
  return fc.record(Object.fromEntries(Object.entries(space).map(([key, dimension]) => [key, anyValueOf(dimension)])));
}

const anyReports = fc
  .array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 6 })
  .map((values) => values.map((value, at) => ({ step: at + 1, value })));

/** Trials of all states, numbered from 0. */
export function anyTrials(space: Space): fc.Arbitrary<Trial[]> {
  const states = fc.constantFrom("running", "completed", "stopped", "failed" as const);
  const parts = fc.tuple(anyValues(space), states, fc.double({ min: -10, max: 10, noNaN: true }), anyReports);
  return fc.array(parts, { maxLength: 25 }).map((list) =>
    list.map(([values, state, objective, reports], number) => ({
      number,
      values,
      state,
      reports,
      ...(state === "completed" && { objective }),
    })),
  );
}
