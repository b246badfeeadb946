import type { MuonSettings } from "./muon_update.ts";
import type { ParameterGroup } from "./parameter_group.ts";
import type { LearningRateSchedule } from "./schedule.ts";
import type { SgdSettings } from "./sgd.ts";

/** An optimiser other than AdamW. */
export type OptimiserChoice =
  ({ readonly name: "muon" } & Pick<MuonSettings, "momentum" | "nesterov">) | ({ readonly name: "sgd" } & SgdSettings);

/** Settings of a training run, named as the recipe names them. All of them change the bytes of the model. */
export interface TrainingConfig extends LearningRateSchedule {
  /** 32-bit seed of the initial parameters and of the data order. */
  readonly seed: number;
  /** Micro-batches of a step. */
  readonly leaves: number;
  /** Sequences of a micro-batch. */
  readonly leafBatch: number;
  /** Threads of a leaf's session. */
  readonly leafThreads: number;
  readonly weightDecay: number;
  /** Parameters that decay. Absent: matrices. */
  readonly decayGroups?: readonly ParameterGroup[] | undefined;
  /** Of AdamW, also where it is a part of Muon. */
  readonly beta1: number;
  readonly beta2: number;
  /** Absent: AdamW. */
  readonly optimiser?: OptimiserChoice | undefined;
  /** Largest norm of the mean gradient; a longer one is scaled down to it. */
  readonly clip: number;
  /** `mixed`: matrix products read and give float16, everything else is float32, and the loss is scaled. Absent: float32. */
  readonly precision?: "mixed" | undefined;
  /** Decay of the moving average of the weights, which is then what is validated and exported. Absent: there is none. */
  readonly averageDecay?: number | undefined;
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
