/** What may be tried: each key with the values it may take. */

/** Any number from `low` to `high`. */
export interface FloatDimension {
  readonly kind: "float";
  readonly low: number;
  /** Above `low`. */
  readonly high: number;
  /** Whether equal factors, not equal differences, are equally likely; needs a positive `low`. */
  readonly log: boolean;
}

/** Any whole number from `low` to `high`, both included. */
export interface IntegerDimension {
  readonly kind: "integer";
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

/** One of a list, between whose entries there is no order. */
export interface CategoricalDimension {
  readonly kind: "categorical";
  /** At least one, all different. */
  readonly choices: readonly Value[];
}

export type Value = number | string | boolean;
export type Dimension = FloatDimension | IntegerDimension | CategoricalDimension;
/** Dimensions by the key they are of. */
export type Space = Readonly<Record<string, Dimension>>;
/** One value for each key of a space. */
export type Values = Readonly<Record<string, Value>>;

/**
 * Checks a space.
 * @throws {RangeError} If it has no key, or a dimension has no value or bounds that do not fit.
 */
export function checkSpace(space: Space): void {
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError("searching: found an empty space, wanted at least one key");
  for (const [key, dimension] of entries) {
    const problem = problemOf(dimension);
    if (problem !== undefined) throw new RangeError(`searching ${key}: ${problem}`);
  }
}

function problemOf(dimension: Dimension): string | undefined {
  if (dimension.kind === "categorical") {
    const { choices } = dimension;
    return choices.length > 0 && new Set(choices).size === choices.length
      ? undefined
      : `found choices ${JSON.stringify(choices)}, wanted at least one, all different`;
  }
  const { kind, low, high, log } = dimension;
  const found = `found ${low} to ${high}`;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return `${found}, wanted finite bounds`;
  if (kind === "integer" && !(Number.isSafeInteger(low) && Number.isSafeInteger(high))) {
    return `${found}, wanted whole numbers`;
  }
  if (kind === "integer" ? low > high : low >= high) return `${found}, wanted a lower bound below the upper one`;
  if (log && low <= 0) return `${found} on a logarithmic scale, wanted bounds above 0`;
  return undefined;
}

/** Ends of a numeric dimension on the scale it is searched on; a whole number stands for all that rounds to it. */
function endsOf({ kind, low, high, log }: FloatDimension | IntegerDimension): readonly [number, number] {
  const half = kind === "integer" ? 0.5 : 0;
  const scale = log ? Math.log : (value: number): number => value;
  return [scale(low - half), scale(high + half)];
}

/** Place of a value: in [0, 1] of a number, its index in the list of a choice. */
export function placeOf(dimension: Dimension, value: Value): number {
  if (dimension.kind === "categorical") return dimension.choices.indexOf(value);
  const [low, high] = endsOf(dimension);
  const scaled = dimension.log ? Math.log(value as number) : (value as number);
  return Math.min(1, Math.max(0, (scaled - low) / (high - low)));
}

/** The value at a place: the way back from `placeOf`, to the nearest value there is. */
export function valueAt(dimension: Dimension, place: number): Value {
  if (dimension.kind === "categorical") return dimension.choices[place]!;
  const [low, high] = endsOf(dimension);
  const scaled = low + place * (high - low);
  const value = dimension.log ? Math.exp(scaled) : scaled;
  const whole = dimension.kind === "integer" ? Math.round(value) : value;
  return Math.min(dimension.high, Math.max(dimension.low, whole));
}
