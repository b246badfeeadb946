/** Where the time of a step went, in milliseconds. */
export interface StepTimes {
  /** Computing this node's leaves. */
  readonly computeMs: number;
  /** From this node's last partial until all sums were there; waiting for slower members is part of it. */
  readonly exchangeMs: number;
  readonly applyMs: number;
  /** From the end of the step before to the beginning of this one: pauses, changes of generation. */
  readonly idleMs: number;
  /** Of computing and applying: waiting for the other stages of a model. Absent where there is only one. */
  readonly waitMs?: number;
}

/** Measures the phases of a step. A phase that did not happen (a laggard does not compute) counts 0. */
export interface StepClock {
  computing(): void;
  computed(): void;
  applying(): void;
  /** Ends the step and gives its times. */
  applied(): StepTimes;
}

/**
 * @param now Milliseconds from any fixed origin.
 * @param busyMs Milliseconds so far in which there was something to compute; undefined where that is always so.
 */
export function createStepClock(now: () => number, busyMs: () => number | undefined = () => undefined): StepClock {
  let endMs = now();
  let startMs: number | undefined;
  let computedMs: number | undefined;
  let applyingMs = 0;
  let busyBeforeMs: number | undefined;
  return {
    computing() {
      startMs = now();
      busyBeforeMs = busyMs();
      computedMs = undefined;
    },
    computed() {
      computedMs = now();
    },
    applying() {
      applyingMs = now();
      if (startMs === undefined) busyBeforeMs = busyMs();
    },
    applied() {
      const previousMs = endMs;
      endMs = now();
      const start = startMs ?? applyingMs;
      const computed = computedMs ?? start;
      startMs = undefined;
      computedMs = undefined;
      const busy = busyMs();
      const spentMs = computed - start + endMs - applyingMs;
      // What was begun for a step that was given up may end within the next one.
      const wait = busy !== undefined && { waitMs: Math.max(0, spentMs - (busy - (busyBeforeMs ?? busy))) };
      return {
        computeMs: computed - start,
        exchangeMs: applyingMs - computed,
        applyMs: endMs - applyingMs,
        idleMs: start - previousMs,
        ...wait,
      };
    },
  };
}
