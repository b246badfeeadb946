/** Ends of waits, by a clock of the caller's. */
export interface Limits {
  /** Calls after so many milliseconds. */
  after(ms: number, act: () => void): void;
  /** Resolves after so many milliseconds. */
  until(ms: number): Promise<void>;
  /** Forgets all. */
  stop(): void;
}

/**
 * Creates limits.
 * @param now Milliseconds from any fixed origin.
 * @param tickMs How often the clock is looked at, and how late an end may be.
 */
export function createLimits(now: () => number, tickMs: number): Limits {
  let waiting: { readonly atMs: number; act(): void }[] = [];
  const timer = setInterval(() => {
    const nowMs = now();
    const due = waiting.filter(({ atMs }) => atMs <= nowMs);
    waiting = waiting.filter(({ atMs }) => atMs > nowMs);
    for (const { act } of due) act();
  }, tickMs);
  const after = (ms: number, act: () => void): void => void waiting.push({ atMs: now() + ms, act });
  return {
    after,
    until: (ms) => new Promise((resolve) => after(ms, resolve)),
    stop: () => clearInterval(timer),
  };
}
