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
