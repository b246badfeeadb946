/** Names longer than this are no slip of a known one, and comparing takes the square of the length. */
const LONGEST = 64;

/**
 * The known name that a written one was probably meant to be: one wrong, missing, added or exchanged character in three at most.
 * @returns Undefined when none is near; of several that are equally near, the first.
 */
export function closest(written: string, known: readonly string[]): string | undefined {
  if (written.length > LONGEST) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const most = Math.max(1, Math.floor(Math.max(written.length, name.length) / 3));
    const distance = name.length > LONGEST ? Infinity : editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/** Optimal string alignment: Levenshtein's distance with exchanges of neighbours (Damerau 1964). */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 1; at <= left.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= right.length; to += 1) {
      const changed = (row[to - 1] ?? 0) + (left[at - 1] === right[to - 1] ? 0 : 1);
      const least = Math.min(changed, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1);
      const isExchange = at > 1 && to > 1 && left[at - 1] === right[to - 2] && left[at - 2] === right[to - 1];
      next.push(isExchange ? Math.min(least, (before[to - 2] ?? 0) + 1) : least);
    }
    [before, row] = [row, next];
  }
  return row[right.length] ?? 0;
}
