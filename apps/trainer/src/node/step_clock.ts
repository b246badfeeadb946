/** Where the time of a step went, in milliseconds. */
export interface StepTimes {
  /** Computing this node's leaves. */
  readonly computeMs: number;
  /** From this node's last partial until all sums were there; waiting for slower members is part of it. */
  readonly exchangeMs: number;
  readonly applyMs: number;
  /** From the end of the step before to the beginning of this one: pauses, changes of generation. */
  readonly idleMs: number;
}

/** Measures the phases of a step. A phase that did not happen (a laggard does not compute) counts 0. */
export interface StepClock {
  computing(): void;
  computed(): void;
  applying(): void;
  /** Ends the step and gives its times. */
  applied(): StepTimes;
}

/** @param now Milliseconds from any fixed origin. */
export function createStepClock(now: () => number): StepClock {
  let endMs = now();
  let startMs: number | undefined;
  let computedMs: number | undefined;
  let applyingMs = 0;
  return {
    computing() {
      startMs = now();
      computedMs = undefined;
    },
    computed() {
      computedMs = now();
    },
    applying() {
      applyingMs = now();
    },
    applied() {
      const previousMs = endMs;
      endMs = now();
      const start = startMs ?? applyingMs;
      const computed = computedMs ?? start;
      startMs = undefined;
      computedMs = undefined;
      return {
        computeMs: computed - start,
        exchangeMs: applyingMs - computed,
        applyMs: endMs - applyingMs,
        idleMs: start - previousMs,
      };
    },
  };
}
