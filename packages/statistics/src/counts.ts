/** What the tests on counts ask of their arguments. */

/** Two samples over the same bins, those empty in both left out: they say nothing. */
export interface ComparedCounts {
  /** Shape (B,). */
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** Sums. */
  readonly referenceTotal: number;
  readonly currentTotal: number;
}

/**
 * Lines up two histograms. The shorter is taken to end in empty bins, as the histograms of a corpus profile do.
 * @param doing What is attempted, for the message.
 * @throws {RangeError} If a count is not a non-negative integer, or a sample is empty.
 */
export function compareCounts(doing: string, reference: readonly number[], current: readonly number[]): ComparedCounts {
  const bins = Array.from(
    { length: Math.max(reference.length, current.length) },
    (_, bin) => [reference[bin] ?? 0, current[bin] ?? 0] as const,
  ).filter(([a, b]) => a !== 0 || b !== 0);
  const wrong = bins.flat().find((n) => !(Number.isSafeInteger(n) && n >= 0));
  if (wrong !== undefined) throw new RangeError(`${doing}: found the count ${wrong}, wanted integers from 0`);
  const referenceTotal = bins.reduce((sum, [n]) => sum + n, 0);
  const currentTotal = bins.reduce((sum, [, n]) => sum + n, 0);
  if (referenceTotal === 0 || currentTotal === 0)
    throw new RangeError(`${doing}: found ${referenceTotal} and ${currentTotal} values, wanted some on both sides`);
  return { reference: bins.map(([n]) => n), current: bins.map(([, n]) => n), referenceTotal, currentTotal };
}
