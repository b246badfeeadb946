/** Below, it is told how bytes were handed over, and not how quick a version is: arrivals differ by some 10 ms, a tenth of this. */
const LEAST_MS = 100;

/**
 * Tokens a second of an answer after its first token.
 * @param restMs From the first token to the last.
 * @returns Undefined where it came in too short a time to tell, as in one burst.
 */
export function tokenRate(tokens: number, restMs: number): number | undefined {
  return tokens > 1 && restMs >= LEAST_MS ? ((tokens - 1) * 1000) / restMs : undefined;
}
