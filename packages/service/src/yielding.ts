import type { JobContext } from "./job.ts";

/** Short enough that nobody who asks this process notices, long enough that giving way costs the work nothing. */
const SLICE_MS = 20;

/**
 * Lets other work of this process go on: the loop that works is also the one that answers requests.
 * @returns Called often, it gives way once a slice of 20 ms is used up. It throws the signal's reason once that is aborted.
 */
export function yielding({ now, signal }: Pick<JobContext, "now" | "signal">): () => Promise<void> {
  let since = now();
  return async () => {
    signal.throwIfAborted();
    if (now() - since < SLICE_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = now();
  };
}
