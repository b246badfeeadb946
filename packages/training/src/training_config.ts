/** Settings of a training run, named as the recipe names them. All of them change the bytes of the model. */
export interface TrainingConfig {
  /** 32-bit seed of the initial parameters and of the data order. */
  readonly seed: number;
  /** Steps of the whole run, which the learning rate's shape depends on. */
  readonly steps: number;
  /** Micro-batches of a step. */
  readonly leaves: number;
  /** Sequences of a micro-batch. */
  readonly leafBatch: number;
  /** Threads of a leaf's session. */
  readonly leafThreads: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  readonly finalLearningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Largest norm of the mean gradient; a longer one is scaled down to it. */
  readonly clip: number;
}

/** Above this a float32 no longer counts in ones. */
const LARGEST_COUNT = 2 ** 24;

/**
 * Checks what cannot be seen from one setting alone.
 * @param contextLength Tokens of a sequence.
 * @param streamLength Tokens of the training stream.
 * @throws {RangeError} Naming the setting.
 */
export function checkTrainingConfig(config: TrainingConfig, contextLength: number, streamLength: number): void {
  for (const name of ["steps", "leaves", "leafBatch", "leafThreads"] as const) {
    if (!Number.isInteger(config[name]) || config[name] < 1) {
      throw new RangeError(`train.${name} is ${config[name]}, wanted a positive integer`);
    }
  }
  const targets = config.leaves * config.leafBatch * contextLength;
  if (targets > LARGEST_COUNT) {
    throw new RangeError(`a step of ${targets} tokens cannot be counted in float32, wanted at most ${LARGEST_COUNT}`);
  }
  if (streamLength <= contextLength) {
    throw new RangeError(`${streamLength} training tokens for a context of ${contextLength}: wanted at least one more`);
  }
}
