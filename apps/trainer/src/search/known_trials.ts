import type { Trial } from "@millrace/search";

/**
 * The trials as the one of a number knows them: of those that may run at its side nothing but their values, even where one has ended.
 * So what a search tries and gives up follows from its recipe, whichever trial is done first.
 * @param parallel Trials at once.
 */
export function knownTo(number: number, parallel: number, trials: readonly Trial[]): Trial[] {
  return trials
    .filter((trial) => trial.number < number)
    .map((trial) =>
      trial.number <= number - parallel
        ? trial
        : { number: trial.number, values: trial.values, state: "running", reports: [] },
    );
}

/** Whether a trial may begin: all that it has to know of have ended. */
export function mayBegin(number: number, parallel: number, trials: readonly Trial[]): boolean {
  const ended = trials.filter((trial) => trial.number <= number - parallel && trial.state !== "running").length;
  return ended === Math.max(0, number - parallel + 1);
}
