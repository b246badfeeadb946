/** Adds up the time in which there is work. */
export interface WorkClock {
  /** Does a piece of work; several may be under way at once, and their time counts once. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Milliseconds so far in which at least one piece was under way. */
  readonly busyMs: number;
}

/** @param now Milliseconds from any fixed origin. */
export function createWorkClock(now: () => number): WorkClock {
  let running = 0;
  let sinceMs = 0;
  let doneMs = 0;
  return {
    async during(work) {
      if (running++ === 0) sinceMs = now();
      try {
        return await work();
      } finally {
        if (--running === 0) doneMs += now() - sinceMs;
      }
    },
    get busyMs() {
      return running === 0 ? doneMs : doneMs + now() - sinceMs;
    },
  };
}
