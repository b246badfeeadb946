/** A place on an axis that has a label. */
export interface Tick {
  readonly at: number;
  readonly words: string;
}

/** Steps between ticks, as parts of a power of ten. */
const STEPS = [1, 2, 5, 10];

/**
 * Round numbers on an axis: multiples of 1, 2 or 5 times a power of ten, as close together as may be.
 * @param low Start of the axis.
 * @param high Its end, above `low`.
 * @param most How many there may be, at least 2.
 * @param least Between two of them at least, such as 1 for what is counted.
 */
export function ticksOf(low: number, high: number, most: number, least = 0): Tick[] {
  const rough = Math.max(least, (high - low) / most);
  const power = Math.floor(Math.log10(rough));
  const step = STEPS.map((part) => part * 10 ** power).find((one) => one >= rough * (1 - 1e-9)) as number;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const at = (first + index) * step;
    const words = at.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return { at, words };
  });
}
