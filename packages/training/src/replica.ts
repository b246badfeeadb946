/**
 * One copy of what is trained: parameters and what the optimiser remembers, and the graphs that compute leaves and apply steps. It knows nothing of other nodes. Everything it computes depends on its state and arguments alone, so replicas that
 * apply the same sums stay equal bit for bit.
 */
import type { TensorView } from "@millrace/execution";
import {
  activationBytes,
  hasDropout,
  lossGraph,
  type ModelConfig,
  parameterLayout,
  tracedGraph,
  trainedLayout,
  vectorSize,
} from "@millrace/transformer";
import { writeCheckpoint } from "./checkpoint.ts";
import { createDeviceReplica } from "./device_replica.ts";
import { type FaultSearch, firstFault } from "./first_fault.ts";
import { firstValues, withoutModel } from "./first_values.ts";
import { openLeafRuns } from "./leaf_runs.ts";
import { blocksOf, openSquareSums, sumOfBlocks } from "./gradient_norm.ts";
import { makeStep, nonFiniteGradient, type NonFiniteGradientError, nonFiniteStep } from "./step_scale.ts";
import { checkTokens, type TokenBatch, tokenBatch } from "./token_stream.ts";
import { checkTrainingConfig } from "./training_config.ts";
import type { Replica, ReplicaOptions } from "./replica_port.ts";
import { rowsOf } from "./rows.ts";
import { openTrainedVectors } from "./trained_vectors.ts";
import { lossViews, viewsOf } from "./vector_views.ts";

/** What leaves at once may keep for their ways back before it is rather computed again, which costs a fifth to a third more time. */
const MOST_ACTIVATION_BYTES = 2 ** 29;
/** Leaves, for each that is computed at once, that are looked through for what went wrong. It bounds the time; parameters that have run away show in any leaf. */
const SEARCHED = 2;
/** A phase of a leaf finishes so much at least: less is not worth a run of its own. */
const LEAST_PHASE_BYTES = 2 ** 22;
/** With so many, three quarters of a leaf's gradients travel while the last quarter is computed. */
const MOST_PHASES = 4;

/**
 * Creates a replica.
 * @throws {RangeError} If the settings do not fit each other or the tokens.
 * @throws {TypeError} If the checkpoint to resume from is not one of this model and seed.
 */
export async function createReplica(options: ReplicaOptions): Promise<Replica> {
  const { executor, config, training, tokens, validation, concurrency } = options;
  const { contextLength } = config;
  checkTrainingConfig(training, contextLength, options.marks === undefined ? tokens.length : Infinity);
  checkTokens("training", tokens, config.vocabularySize);
  checkTokens("validation", validation.tokens, config.vocabularySize);
  const { adapters, initial } = options;
  if (adapters !== undefined && initial === undefined) throw withoutModel();
  if (executor.capabilities.deviceMemory) return createDeviceReplica(options);
  const layout = trainedLayout(config, adapters);
  const size = vectorSize(layout);
  const vectors = await openTrainedVectors({
    executor,
    training,
    layout,
    leafTargets: training.leafBatch * contextLength,
    concurrency,
    resume: options.resume,
    first: firstValues(options),
  });
  const { state, lossScale, vectorMemory } = vectors;

  const { leafBatch: batch, leafThreads: threads } = training;
  const shape = { batch, adapters };
  const recompute = options.recompute ?? activationBytes(config, shape) * concurrency > MOST_ACTIVATION_BYTES;
  const mixed = training.precision === "mixed";
  const lossSession = await executor.createSession(lossGraph(config, shape).model, { threads });
  const { windows, fillTraining, fillValidation } = rowsOf(options);
  const validationLeaves = Math.ceil(windows.length / batch);
  const frozen = adapters === undefined ? {} : viewsOf(parameterLayout(config), initial!, "");
  const trained = { ...frozen, ...viewsOf(layout, state.parameters, "") };
  const served = { ...frozen, ...viewsOf(layout, vectors.served, "") };
  const blocks = blocksOf(layout);
  const squares = openSquareSums(vectorMemory);
  const scale = lossScale && { loss_scale: { data: lossScale.numbers.subarray(0, 1), shape: [1] } };
  const viewsOfRows = ({ tokens, targets }: TokenBatch): Record<string, TensorView> => {
    const shape = [batch, contextLength];
    return { tokens: { data: tokens, shape }, targets: { data: targets, shape } };
  };
  const leaves = await openLeafRuns({
    executor,
    config,
    batch: { ...shape, recompute, mixed },
    threads,
    layout,
    fed: { ...trained, ...scale },
    phases: options.phases ?? phasesFor(executor, config, size),
  });

  const searched = Math.min(training.leaves, SEARCHED * concurrency);
  const faultOf = async (step: number): Promise<string | undefined> => {
    const graph = tracedGraph(config, { ...shape, recompute, mixed });
    const session = await executor.createSession(graph.model, { threads, takesTurns: true });
    try {
      const rows = tokenBatch(batch, contextLength);
      const trace: FaultSearch["trace"] = async (leaf, into) => {
        fillTraining(rows, { step, leaf });
        const drawn = hasDropout(config) && { draw: { data: Int32Array.of(training.seed, step, leaf), shape: [3] } };
        await session.run({ ...trained, ...viewsOfRows(rows), ...drawn, ...scale }, into);
      };
      return await firstFault({ layout, vector: state.parameters, leaves: searched, graph, trace });
    } finally {
      await session.release();
    }
  };
  const failureOf = async (step: number, gradient: Float32Array): Promise<NonFiniteGradientError> => {
    let remark = `what comes before it is, in the first ${searched} of ${training.leaves} leaves`;
    try {
      const fault = await faultOf(step);
      if (fault !== undefined) return nonFiniteStep(step, fault);
    } catch (error) {
      // The step is refused all the same: another error would have the training tried again, to the same end.
      remark = `looking for what was the first failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    return nonFiniteGradient(step, layout, gradient, remark);
  };

  return {
    layout,
    vectorFloats: size + 2,
    state: vectors.all,
    vectorMemory,
    applied: vectors.applied,
    concurrency,
    validationLeaves,
    phases: leaves.phases,
    computeLeaf(step, leaf, out, onPhase) {
      const fill = (rows: TokenBatch, draw: Int32Array): void => {
        fillTraining(rows, { step, leaf });
        draw.set([training.seed, step, leaf]);
      };
      return leaves.compute(out, fill, onPhase);
    },
    async applyStep(step, sums) {
      const gradient = sums.subarray(0, size);
      const sum = sumOfBlocks(squares.ofBlocks(blocks, gradient));
      const stepSums = { lossSum: sums[size]!, targetCount: sums[size + 1]!, squares: sum };
      const apply = (learningRate: number, gradientScale: number): Promise<void> =>
        vectors.apply(gradient, { step, learningRate, gradientScale });
      return makeStep(training, step, stepSums, lossScale, apply, () => failureOf(step, gradient));
    },
    async validateLeaf(leaf) {
      const out = new Float32Array(2);
      const chosen = windows.slice(leaf * batch, (leaf + 1) * batch);
      if (chosen.length === 0) throw new RangeError(`no validation leaf ${leaf} among ${validationLeaves}`);
      const rows = tokenBatch(batch, contextLength);
      fillValidation(rows, chosen);
      await lossSession.run({ ...served, ...viewsOfRows(rows) }, lossViews(out, 0));
      return { lossSum: out[0]!, targetCount: out[1]! };
    },
    publishState: async () => {},
    adoptState: async () => {},
    exportCheckpoint: (applied) => writeCheckpoint(layout, state, training.seed, applied),
    async close() {
      await Promise.all([leaves.release(), lossSession.release(), vectors.release()]);
    },
  };
}

/** An executor that cannot write shared memory would have to copy what each phase gives. */
function phasesFor({ capabilities }: ReplicaOptions["executor"], { layers }: ModelConfig, floats: number): number {
  if (!capabilities.sharedMemory) return 1;
  return Math.max(1, Math.min(MOST_PHASES, layers, Math.floor((4 * floats) / LEAST_PHASE_BYTES)));
}
