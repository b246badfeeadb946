/** Tells waiting loops of this process that there may be something to do, so that polling is only for what other processes did. */
export interface Wakeup {
  /** Notifications so far: read it before looking for work, and hand it to `wait`. */
  readonly count: number;
  notify(): void;
  /** Resolves at once if there were notifications since `seen`, else at the next one, after `timeoutMs`, or when `signal` is aborted. */
  wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeup(): Wakeup {
  const waiting = new Set<() => void>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    notify() {
      count++;
      for (const wake of waiting) wake();
    },
    wait: (seen, timeoutMs, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        waiting.add(wake);
        signal.addEventListener("abort", wake);
        if (signal.aborted || seen !== count) wake();
      }),
  };
}
