/** When a session may be used, and when its memory may go. */
export interface SessionLifetime {
  /** Does a run's work. @throws {Error} If the session is released. */
  during(work: () => Promise<unknown>): Promise<void>;
  /** Refuses further runs, waits for those under way, then frees. A second call waits for the first. */
  release(): Promise<void>;
}

/** Begins a lifetime that ends with `free`. */
export function sessionLifetime(free: () => unknown): SessionLifetime {
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;
  return {
    async during(work) {
      if (released) throw new Error("run: the session is released");
      const run = work();
      running.add(run);
      try {
        await run;
      } finally {
        running.delete(run);
      }
    },
    release() {
      released ??= (async () => {
        await Promise.allSettled(running);
        await free();
      })();
      return released;
    },
  };
}
