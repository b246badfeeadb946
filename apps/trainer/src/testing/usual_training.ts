/** What trainings of tests and benchmarks do not vary. */
export const USUAL_TRAINING = { leafThreads: 1, weightDecay: 0.1, beta1: 0.9, beta2: 0.99, clip: 1 } as const;
