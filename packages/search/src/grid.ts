import { type Dimension, type Space, type Value, valueAt, type Values } from "./space.ts";

/** Values that a float is tried at. */
const FLOAT_POINTS = 5;
/** A range of whole numbers with more than so many values is tried at as many of them. */
const MOST_INTEGERS = 8;

/** Trials of the whole grid. */
export function gridSize(space: Space): number {
  return Object.values(space).reduce((size, dimension) => size * pointsOf(dimension).length, 1);
}

/**
 * Point `number` of the grid of a space; the last key changes fastest.
 * @returns Undefined beyond the last.
 */
export function gridPoint(space: Space, number: number): Values | undefined {
  if (number >= gridSize(space)) return undefined;
  const values: Record<string, Value> = {};
  let rest = number;
  for (const [key, dimension] of Object.entries(space).toReversed()) {
    const points = pointsOf(dimension);
    values[key] = points[rest % points.length]!;
    rest = Math.floor(rest / points.length);
  }
  return Object.fromEntries(Object.keys(space).map((key) => [key, values[key]!]));
}

/** A float at five places, both ends included; whole numbers all, or eight of them; a choice at all its entries. */
function pointsOf(dimension: Dimension): readonly Value[] {
  if (dimension.kind === "categorical") return dimension.choices;
  const { kind, low, high } = dimension;
  if (kind === "integer" && high - low < MOST_INTEGERS) {
    return Array.from({ length: high - low + 1 }, (_, at) => low + at);
  }
  // From end to end: the places of whole numbers reach half a step further.
  const between = (place: number): number => valueAt({ ...dimension, kind: "float" }, place) as number;
  if (kind === "float") return Array.from({ length: FLOAT_POINTS }, (_, at) => between(at / (FLOAT_POINTS - 1)));
  // On a logarithmic scale neighbouring places may round to one whole number.
  const whole = Array.from({ length: MOST_INTEGERS }, (_, at) => Math.round(between(at / (MOST_INTEGERS - 1))));
  return [...new Set(whole)];
}
