/** Time that a run which is being ended has for a last checkpoint. */
const LAST_CHECKPOINT_MS = 600;
/** Longest time a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** When a run is to end. */
export interface RunLimits {
  /** Aborted when it is to end. */
  readonly signal: AbortSignal;
  /** Aborted when it must have ended. */
  readonly deadline: AbortSignal;
  /** Forgets the timers. */
  clear(): void;
}

/**
 * Watches the time: a run ends soon after its job is aborted, at leisure when its time is up.
 * @param timeLimitSeconds Absent: none.
 * @param elapsedMs Time that earlier attempts have used.
 */
export function startLimits(job: AbortSignal, timeLimitSeconds: number | undefined, elapsedMs: number): RunLimits {
  const [time, deadline] = [new AbortController(), new AbortController()];
  let last: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => void (last = setTimeout(() => deadline.abort(), LAST_CHECKPOINT_MS));
  job.addEventListener("abort", onAbort, { once: true });
  if (job.aborted) onAbort();
  const leftMs = timeLimitSeconds === undefined ? undefined : Math.max(0, timeLimitSeconds * 1000 - elapsedMs);
  const limit = leftMs === undefined ? undefined : setTimeout(() => time.abort(), Math.min(leftMs, LONGEST_TIMER_MS));
  return {
    signal: AbortSignal.any([job, time.signal]),
    deadline: deadline.signal,
    clear() {
      clearTimeout(limit);
      clearTimeout(last);
      job.removeEventListener("abort", onAbort);
    },
  };
}
