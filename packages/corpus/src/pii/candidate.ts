/** Candidates below are not reported: a form alone that many other numbers share stays below, a form with context above. */
export const LEAST_SCORE = 0.5;

/** A place in a text and how sure a recogniser is of it. */
export interface Candidate {
  /** First UTF-16 unit, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** In [0, 1]. */
  readonly score: number;
}
