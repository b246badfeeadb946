/** What a detector says of one window. */
export interface Judged<State> {
  /** To be passed with the next window. Plain JSON. */
  readonly state: State;
  /** Deviations from the usual, signed; null while the detector is warming up. */
  readonly score: number | null;
  /** Never true while warming up. */
  readonly anomalous: boolean;
}

/** Refuses what no detector can judge. */
export function assertFinite(doing: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${doing}: found ${value}, wanted a finite number`);
}
