/**
 * One stage of a model that is trained in a pipeline: its parameters, what the optimiser remembers of them, and its graphs. Each number
 * comes out as in a replica of the whole model, so that the stages' checkpoints together are the whole one's to the bit.
 */
import { modelStages, vectorSize } from "@millrace/transformer";
import { writeCheckpoint } from "./checkpoint.ts";
import { openFirstStage } from "./first_stage.ts";
import { firstValues, withoutModel } from "./first_values.ts";
import { openLaterStage } from "./later_stage.ts";
import type { LossSum } from "./loss_sum.ts";
import type { Replica, ReplicaOptions } from "./replica_port.ts";
import { rowsOf, validationRowsOf } from "./rows.ts";
import type { StageLink } from "./stage_link.ts";
import { createStageNorm } from "./stage_norm.ts";
import { nonFiniteGradientOf, stepScale } from "./step_scale.ts";
import { checkTokens } from "./token_stream.ts";
import { openTrainedVectors } from "./trained_vectors.ts";
import { checkTrainingConfig } from "./training_config.ts";
import { createWorkClock } from "./work_clock.ts";

/**
 * As of a whole replica; only the first stage reads training tokens, `initial` is a flat vector of the stage, and `resume` a piece that
 * `cutCheckpoint` made.
 */
export interface StageReplicaOptions extends ReplicaOptions {
  readonly stage: { readonly index: number; readonly of: number };
  readonly link: StageLink;
  /** Milliseconds from any fixed origin. */
  now(): number;
}

export interface StageReplica extends Omit<Replica, "stepAlone" | "validateLeaf" | "concurrency"> {
  /** Leaves to be under way at once, so that every stage has something to do. */
  readonly concurrency: number;
  /**
   * Takes a leaf forward, until there is a gradient to be written. All stages of a pipeline have to be asked for the same leaves, in the
   * same order; one that is forgotten half-way is begun anew.
   */
  prepareLeaf(step: number, leaf: number): Promise<void>;
  /** Milliseconds so far in which this stage computed; in a step it otherwise waits for others. */
  readonly busyMs: number;
  /** Takes part in scoring a validation leaf; only the first stage gets to know the score. */
  validateLeaf(leaf: number): Promise<LossSum | undefined>;
}

/**
 * Creates one stage.
 * @throws {RangeError} If the settings do not fit each other or the tokens, or there are fewer than two stages.
 * @throws {TypeError} If the piece to resume from is not one of this stage and seed.
 */
export async function createStageReplica(options: StageReplicaOptions): Promise<StageReplica> {
  const { executor, config, training, tokens, validation, concurrency, link } = options;
  const { adapters, initial } = options;
  const stages = modelStages(config, options.stage.of, adapters);
  const stage = stages[options.stage.index];
  if (stage === undefined || stage.of < 2) {
    throw new RangeError(
      `a pipeline: found stage ${options.stage.index} of ${options.stage.of}, wanted one of at least 2`,
    );
  }
  if (executor.capabilities.deviceMemory) {
    throw new RangeError(
      "a pipeline: found an executor with memory of its own, wanted one that computes on the processor",
    );
  }
  if (training.precision === "mixed") {
    throw new RangeError('a pipeline: found train.precision "mixed", wanted "float32"');
  }
  const isFirst = stage.index === 0;
  if (isFirst) {
    checkTrainingConfig(training, config.contextLength, options.marks === undefined ? tokens.length : Infinity);
    checkTokens("training", tokens, config.vocabularySize);
  }
  checkTokens("validation", validation.tokens, config.vocabularySize);
  if (adapters !== undefined && initial === undefined) throw withoutModel();
  const layout = stage.trained;
  const vectors = await openTrainedVectors({
    executor,
    training,
    layout,
    leafTargets: training.leafBatch * config.contextLength,
    concurrency,
    resume: options.resume,
    first: firstValues(options, layout),
  });
  const clock = createWorkClock(options.now);
  const base = adapters && initial;
  const parts = { executor, config, training, stage, link, vectors, base, concurrency, clock };
  const data = isFirst ? rowsOf(options) : undefined;
  const { windows } = data ?? validationRowsOf(options);
  const work = data ? await openFirstStage({ ...parts, data }) : await openLaterStage(parts);
  const norm = createStageNorm(config, stages, stage, link, vectors.vectorMemory);
  const size = vectorSize(layout);
  return {
    layout,
    vectorFloats: size + 2,
    state: vectors.all,
    vectorMemory: vectors.vectorMemory,
    applied: vectors.applied,
    concurrency: concurrency * (stage.of + 1),
    get busyMs() {
      return clock.busyMs;
    },
    validationLeaves: Math.ceil(windows.length / training.leafBatch),
    prepareLeaf: (step, leaf) => work.prepareLeaf(step, leaf),
    computeLeaf: (step, leaf, out) => work.computeLeaf(step, leaf, out),
    async applyStep(step, sums) {
      const gradient = sums.subarray(0, size);
      const { squares, nonFinite } = await norm.sumOfSquares(step, gradient);
      if (nonFinite !== undefined) throw nonFiniteGradientOf(step, nonFinite);
      const stepSums = { lossSum: sums[size]!, targetCount: sums[size + 1]!, squares };
      const { gradientScale, ...report } = stepScale(training, step, stepSums);
      await clock.during(() => vectors.apply(gradient, { step, learningRate: report.learningRate, gradientScale }));
      return report;
    },
    validateLeaf: (leaf) => work.validateLeaf(leaf),
    publishState: async () => {},
    adoptState: async () => {},
    exportCheckpoint: (applied) => writeCheckpoint(layout, vectors.state, training.seed, applied),
    async close() {
      await Promise.all([work.release(), vectors.release()]);
    },
  };
}
