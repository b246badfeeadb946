import { BusFullError } from "@millrace/bus";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";

/**
 * Repeats an attempt for as long as it fails because a server is away.
 * @param attempt Safe to run twice.
 * @param everyMs Wait between attempts.
 * @returns What the attempt resolved to.
 * @throws What cannot get better by waiting: a value out of range, a full bus. Once `signal` is aborted, the attempt's last error.
 */
export async function persist<Result>(
  attempt: () => Promise<Result>,
  everyMs: number,
  log: Log,
  signal: AbortSignal,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || error instanceof RangeError || error instanceof BusFullError) throw error;
      log.warn("a server is away; trying again", { error });
      await pause(everyMs, signal);
    }
  }
}
