const INSERTION_LIMIT = 64;

/**
 * Indices of the largest values, the largest first; of equals the lower index first.
 * @param values Numbers; -Infinity is allowed, NaN is not.
 * @param count How many; fewer come out if there are fewer values.
 */
export function topIndices(values: ArrayLike<number>, count: number): number[] {
  const at = (index: number | undefined): number => (index === undefined ? 0 : (values[index] ?? 0));
  if (count > INSERTION_LIMIT) {
    return Array.from(values, (_, index) => index)
      .sort((a, b) => at(b) - at(a) || a - b)
      .slice(0, count);
  }
  // For a few of many, one pass that rarely inserts is far cheaper than sorting a vocabulary.
  const top: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (top.length === count && at(index) <= at(top.at(-1))) continue;
    let place = top.length;
    while (place > 0 && at(top[place - 1]) < at(index)) place--;
    top.splice(place, 0, index);
    if (top.length > count) top.pop();
  }
  return top;
}
