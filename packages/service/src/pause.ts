import { createWakeup } from "./wakeup.ts";

/** Waits, or until the signal is aborted. @param durationMs Milliseconds. */
export function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return createWakeup().wait(0, durationMs, signal);
}
