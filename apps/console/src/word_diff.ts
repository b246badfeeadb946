/**
 * What two texts share, word by word: Myers 1986, "An O(ND) difference algorithm and its variations", greedy, on what is left between the
 * common beginning and the common end. Our own, since a page needs fifty lines of it with a bound, and no package gives less.
 */
export interface DiffPart {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Words that differ at most: the work is at most this, squared. Beyond it the middle is told as replaced. */
const MOST_EDITS = 600;

/**
 * The parts that are the same and that were removed make the left text, the same and the added ones the right text.
 * @param mostEdits Words that differ at most; beyond it the answer is still right, but not the shortest.
 */
export function wordDiff(left: string, right: string, mostEdits = MOST_EDITS): DiffPart[] {
  const [before, after] = [wordsOf(left), wordsOf(right)];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [from, to] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return joined([
    ...before.slice(0, start).map((text) => ({ kind: "same" as const, text })),
    ...(shortest(from, to, mostEdits) ?? replaced(from, to)),
    ...before.slice(before.length - end).map((text) => ({ kind: "same" as const, text })),
  ]);
}

/** Words, spaces between them, and marks one by one: put together they are the text. */
function wordsOf(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];
}

function replaced(from: readonly string[], to: readonly string[]): DiffPart[] {
  return [
    ...from.map((text) => ({ kind: "removed" as const, text })),
    ...to.map((text) => ({ kind: "added" as const, text })),
  ];
}

/** Undefined when more than `most` edits are needed. */
function shortest(from: readonly string[], to: readonly string[], most: number): DiffPart[] | undefined {
  // reached[d][k + d]: how far into `from` the diagonal k = x - y leads with d edits.
  const reached: Int32Array[] = [];
  for (let edits = 0; edits <= Math.min(most, from.length + to.length); edits += 1) {
    const row = new Int32Array(2 * edits + 1);
    reached.push(row);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x =
        edits === 0
          ? 0
          : isDown(reached, edits, diagonal)
            ? above(reached, edits, diagonal)
            : leftOf(reached, edits, diagonal) + 1;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      row[diagonal + edits] = x;
      if (x >= from.length && x - diagonal >= to.length) return backwards(from, to, reached);
    }
  }
  return undefined;
}

type Reached = readonly Int32Array[];

/** Where an edit before, one diagonal above, led; the step down from it adds a word. */
function above(reached: Reached, edits: number, diagonal: number): number {
  return reached[edits - 1]?.[diagonal + 1 + edits - 1] ?? -1;
}

/** Where an edit before, one diagonal to the left, led; the step right from it removes a word. */
function leftOf(reached: Reached, edits: number, diagonal: number): number {
  return reached[edits - 1]?.[diagonal - 1 + edits - 1] ?? -1;
}

function isDown(reached: Reached, edits: number, diagonal: number): boolean {
  return (
    diagonal === -edits || (diagonal !== edits && leftOf(reached, edits, diagonal) < above(reached, edits, diagonal))
  );
}

function backwards(from: readonly string[], to: readonly string[], reached: Reached): DiffPart[] {
  const parts: DiffPart[] = [];
  let [x, y] = [from.length, to.length];
  for (let edits = reached.length - 1; edits >= 0; edits -= 1) {
    const diagonal = x - y;
    const down = edits > 0 && isDown(reached, edits, diagonal);
    const startX = edits === 0 ? 0 : down ? above(reached, edits, diagonal) : leftOf(reached, edits, diagonal) + 1;
    for (; x > startX; x -= 1, y -= 1) parts.push({ kind: "same", text: from[x - 1] ?? "" });
    if (edits === 0) break;
    if (down) parts.push({ kind: "added", text: to[(y -= 1)] ?? "" });
    else parts.push({ kind: "removed", text: from[(x -= 1)] ?? "" });
  }
  return parts.reverse();
}

/** Neighbours of one kind as one part. */
function joined(parts: readonly DiffPart[]): DiffPart[] {
  const together: { kind: DiffPart["kind"]; text: string }[] = [];
  for (const { kind, text } of parts) {
    const last = together.at(-1);
    if (last?.kind === kind) last.text += text;
    else together.push({ kind, text });
  }
  return together;
}
