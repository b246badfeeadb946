import type { WorkClock } from "./work_clock.ts";

/** Lets a bounded number of computations run at once, and among those that wait the most urgent first. */
export interface ComputeGate {
  /** @param urgency Greater goes first; equals in their order. */
  run<Result>(urgency: number, work: () => Promise<Result>): Promise<Result>;
}

/**
 * @param slots Computations at once.
 * @param clock Counts the time in which there are some.
 */
export function createComputeGate(slots: number, clock: WorkClock): ComputeGate {
  const waiting: { readonly urgency: number; begin(): void }[] = [];
  let running = 0;
  function next(): void {
    if (running >= slots || waiting.length === 0) return;
    const most = waiting.reduce((best, each) => (each.urgency > best.urgency ? each : best));
    waiting.splice(waiting.indexOf(most), 1);
    running++;
    most.begin();
  }
  return {
    async run(urgency, work) {
      await new Promise<void>((begin) => {
        waiting.push({ urgency, begin });
        next();
      });
      try {
        return await clock.during(work);
      } finally {
        running--;
        next();
      }
    },
  };
}
