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
}

/**
 * Learning rate of a step: a linear rise, then half a cosine down to the final value.
 * @param step 0-based. Step `warmupSteps` has the peak, step `steps - 1` the final value; later steps keep it.
 * @see Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5, without restarts.
 */
export function learningRateAt(schedule: LearningRateSchedule, step: number): number {
  const { learningRate, finalLearningRate, warmupSteps, steps } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  const decaySteps = Math.max(1, steps - 1 - warmupSteps);
  const progress = Math.min(1, (step - warmupSteps) / decaySteps);
  return finalLearningRate + (learningRate - finalLearningRate) * 0.5 * (1 + cosine(Math.PI * progress));
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
