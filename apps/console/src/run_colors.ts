import type { RunView } from "@millrace/contracts";

/** Colours of series there are, `--series-1` and on: also the most runs of one chart. */
export const COLORS = 6;

/**
 * A colour for each of the runs that are shown: the same run keeps its colour on every page, as it is told by how many runs were started
 * before it. Of two that would have the same, the older keeps it and the newer takes the next that is free.
 * @param shown At most `COLORS`.
 * @param all Runs of the project.
 * @returns By id, 1 to `COLORS`.
 */
export function colorsOf(shown: readonly RunView[], all: readonly RunView[]): Map<string, number> {
  const order = byAge(all).map(({ id }) => id);
  const colors = new Map<string, number>();
  for (const { id } of byAge(shown)) {
    let color = Math.max(0, order.indexOf(id)) % COLORS;
    while ([...colors.values()].includes(color + 1) && colors.size < COLORS) color = (color + 1) % COLORS;
    colors.set(id, color + 1);
  }
  return colors;
}

function byAge(runs: readonly RunView[]): RunView[] {
  return runs.toSorted(
    (left, right) => Date.parse(left.createdAt) - Date.parse(right.createdAt) || (left.id < right.id ? -1 : 1),
  );
}
