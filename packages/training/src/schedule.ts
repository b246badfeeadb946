/** How a learning rate goes on after the warm-up. */
export type ScheduleShape =
  /** In equal parts down to the final value. */
  | { readonly name: "linear" }
  /** Stays at the peak, then falls to the final value within the last `decaySteps` steps; these and the warm-up are fewer than all. */
  | { readonly name: "wsd"; readonly decaySteps: number }
  /** From the final value up to the peak and back again, in equal parts, every `cycleSteps` steps. There is no warm-up. */
  | { readonly name: "cyclic"; readonly cycleSteps: number }
  /** Half a cosine down to the final value, again and again; the first takes `cycleSteps` steps, each later one `cycleFactor` times as many as the one before. */
  | { readonly name: "restarts"; readonly cycleSteps: number; readonly cycleFactor: number };

/** Shape of a learning rate over a run; the recipe's keys. */
export interface LearningRateSchedule {
  /** Peak, reached after the warm-up, per step. */
  readonly learningRate: number;
  /** Value of the last step. */
  readonly finalLearningRate: number;
  /** Steps of the linear rise; 0 starts at the peak. */
  readonly warmupSteps: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Absent: half a cosine. */
  readonly schedule?: ScheduleShape | undefined;
}

/**
 * Learning rate of a step: a linear rise, then down to the final value in the given shape.
 * @param step 0-based. Step `warmupSteps` has the peak; but for cycles, step `steps - 1` has the final value, and later steps keep it.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  const { learningRate, finalLearningRate, warmupSteps } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  return finalLearningRate + (learningRate - finalLearningRate) * heightAt(schedule, step);
}

/** Part of the way from the final value up to the peak, 0 to 1. */
function heightAt({ schedule, warmupSteps, steps }: LearningRateSchedule, step: number): number {
  const since = step - warmupSteps;
  switch (schedule?.name) {
    case undefined:
      return halfCosine(fallen(since, steps - 1 - warmupSteps));
    case "linear":
      return 1 - fallen(since, steps - 1 - warmupSteps);
    case "wsd":
      // The square root falls fast at first: Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
      // Durations", section 4, found it better than a line.
      return 1 - Math.sqrt(fallen(step - (steps - 1 - schedule.decaySteps), schedule.decaySteps));
    case "cyclic":
      // Smith 2017, "Cyclical Learning Rates for Training Neural Networks", the triangular policy.
      return 1 - Math.abs((2 * (since % schedule.cycleSteps)) / schedule.cycleSteps - 1);
    case "restarts":
      return halfCosine(partOfCycle(since, schedule.cycleSteps, schedule.cycleFactor));
  }
}

/** Part of a fall of `length` steps that is over, 0 to 1. */
function fallen(since: number, length: number): number {
  return Math.min(1, Math.max(0, since) / Math.max(1, length));
}

/** @see Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5. */
function halfCosine(part: number): number {
  return 0.5 * (1 + cosine(Math.PI * part));
}

/** Part of its cycle that a step has behind it, 0 to below 1. The paper's T_cur / T_i, with T_mult the factor. */
function partOfCycle(since: number, cycleSteps: number, cycleFactor: number): number {
  let [start, length] = [0, cycleSteps];
  while (since >= start + length) {
    start += length;
    length *= cycleFactor;
  }
  return (since - start) / length;
}

/**
 * Cosine on [0, pi] by its Taylor series about pi/2, from sums and products alone: Math.cos may differ in the last bit between
 * JavaScript engines, and with it every weight of a model. Error below 1e-15.
 */
function cosine(angle: number): number {
  const x = angle - Math.PI / 2;
  let term = -x;
  let sum = 0;
  for (let n = 1; n <= 25; n += 2) {
    sum += term;
    term *= (-x * x) / ((n + 1) * (n + 2));
  }
  return sum;
}
