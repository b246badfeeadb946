/** What a training changes in the memory of this process, and what changes it: parameters, the optimiser's memory, the moving average. */
import { createVectorMemory, type VectorMemory } from "@millrace/collective";
import type { Executor } from "@millrace/execution";
import { type Parameter, vectorSize } from "@millrace/transformer";
import { readCheckpoint, type TrainedState } from "./checkpoint.ts";
import { LOSS_SCALE_NUMBERS, type LossScale, openLossScale } from "./loss_scale.ts";
import { openMovingAverage } from "./moving_average.ts";
import { openOptimiser } from "./open_optimiser.ts";
import type { OptimiserStep } from "./optimiser.ts";
import { decayOfElements } from "./parameter_group.ts";
import type { TrainingConfig } from "./training_config.ts";
import { hostVectors, newHostVector } from "./vector_space.ts";

export interface TrainedVectors {
  readonly state: TrainedState;
  /** Where they lie, unless the executor cannot read it. */
  readonly vectorMemory: VectorMemory;
  /** With mixed precision. */
  readonly lossScale: LossScale | undefined;
  /** The vectors of `state`. */
  readonly all: readonly Float32Array[];
  /** The parameters that are validated and exported. */
  readonly served: Float32Array;
  /** Steps that had been applied. */
  readonly applied: number;
  /** Updates all vectors by a summed gradient. */
  apply(gradient: Float32Array, step: OptimiserStep): Promise<void>;
  release(): Promise<void>;
}

/** What they are opened with. */
export interface TrainedVectorsOptions {
  readonly executor: Executor;
  readonly training: TrainingConfig;
  /** Of what is trained. */
  readonly layout: readonly Parameter[];
  /** Targets of a leaf, at most. */
  readonly leafTargets: number;
  /** Pieces of work under way at once; changes no result. */
  readonly concurrency: number;
  /** Where to go on. */
  readonly resume: { readonly model: Uint8Array; readonly state: Uint8Array } | undefined;
  /** Makes what the parameters are without that. */
  first(): Float32Array;
}

/**
 * Opens them.
 * @throws {TypeError} If the checkpoint to resume from is not one of this layout and seed.
 */
export async function openTrainedVectors(options: TrainedVectorsOptions): Promise<TrainedVectors> {
  const { executor, training, layout, concurrency, resume } = options;
  const size = vectorSize(layout);
  const vectorMemory = createVectorMemory();
  const newVector = newHostVector(size, executor.capabilities, vectorMemory);
  const vectors = hostVectors(vectorMemory, size, newVector);
  const decay = decayOfElements(layout, newVector(), training.weightDecay, training.decayGroups);
  const optimiser = await openOptimiser(training, { executor, layout, decay, vectors, concurrency });
  const average =
    training.averageDecay === undefined
      ? undefined
      : await openMovingAverage(vectors, training.averageDecay, newVector());
  const lossScale =
    training.precision === "mixed"
      ? openLossScale(newHostVector(LOSS_SCALE_NUMBERS, executor.capabilities, vectorMemory)(), options.leafTargets)
      : undefined;
  const state: TrainedState = {
    parameters: newVector(),
    averages: average?.averages,
    optimiser: training.optimiser?.name ?? "adamw",
    memory: optimiser.memory,
    lossScale: lossScale?.numbers,
  };
  let applied = 0;
  if (resume) applied = readCheckpoint(layout, resume, training.seed, state);
  else {
    const first = options.first();
    for (const vector of [state.parameters, average?.averages]) vector?.set(first);
  }
  return {
    state,
    vectorMemory,
    lossScale,
    all: [
      state.parameters,
      ...Object.values(optimiser.memory),
      ...(average ? [average.averages] : []),
      ...(lossScale ? [lossScale.numbers] : []),
    ],
    served: state.averages ?? state.parameters,
    applied,
    async apply(gradient, step) {
      await optimiser.apply(state.parameters, gradient, step);
      await average?.update(state.parameters, step.step);
    },
    async release() {
      await Promise.all([optimiser.release(), average?.release()]);
    },
  };
}
