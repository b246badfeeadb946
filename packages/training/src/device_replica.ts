/**
 * A replica whose vectors lie in the memory of a device. The host keeps a copy of the state, which is read and written only when a
 * checkpoint or a peer wants it, and sees gradients only when they are exchanged.
 */
import { createVectorMemory, type LeafRange } from "@millrace/collective";
import type { Operand, ResidentTensor } from "@millrace/execution";
import { add } from "@millrace/tensor";
import {
  flatLossGraph,
  flatTrainingGraph,
  hasDropout,
  parameterVectorSize,
  trainedLayout,
  vectorSize,
} from "@millrace/transformer";
import { readCheckpoint, type TrainedState, writeCheckpoint } from "./checkpoint.ts";
import { openDeviceNorm } from "./device_norm.ts";
import { type DeviceVector, deviceVectors } from "./device_vectors.ts";
import { oneNumber } from "./elementwise.ts";
import { firstValues } from "./first_values.ts";
import { openSquareSums } from "./gradient_norm.ts";
import { LOSS_SCALE_NUMBERS, openLossScale } from "./loss_scale.ts";
import { openMovingAverage } from "./moving_average.ts";
import { openDeviceOptimiser } from "./open_optimiser.ts";
import { decayOfElements } from "./parameter_group.ts";
import type { Replica, ReplicaOptions } from "./replica_port.ts";
import {
  makeStep,
  nonFiniteGradient,
  type NonFiniteGradientError,
  type StepReport,
  type StepSums,
} from "./step_scale.ts";
import { type TokenBatch, tokenBatch } from "./token_stream.ts";
import { rowsOf } from "./rows.ts";
import { newHostVector } from "./vector_space.ts";

/**
 * Creates a replica on an executor with memory of its own.
 * @throws {TypeError} If the checkpoint to resume from is not one of this model and seed.
 */
export async function createDeviceReplica(options: ReplicaOptions): Promise<Replica> {
  const { executor, config, training, adapters } = options;
  const { contextLength } = config;
  const { leafBatch: batch, leafThreads: threads, leaves } = training;
  const { dialect } = executor;
  const mixed = training.precision === "mixed";
  const isRandom = hasDropout(config);
  const layout = trainedLayout(config, adapters);
  const size = vectorSize(layout);
  const vectors = deviceVectors(executor, size);
  const decay = decayOfElements(layout, new Float32Array(size), training.weightDecay, training.decayGroups);
  const optimiser = await openDeviceOptimiser(training, { layout, decay, vectors });
  const parameters = await vectors.zeros();
  const average =
    training.averageDecay === undefined
      ? undefined
      : await openMovingAverage(vectors, training.averageDecay, await vectors.zeros());
  const gradient = await vectors.zeros();
  const leafGradient = leaves > 1 ? await vectors.zeros() : gradient;
  const addition = await vectors.openElementwise({
    name: "sum",
    vectors: ["sum", "part"],
    factors: [],
    update: ({ sum, part }) => ({ sum: add(sum, part) }),
  });
  const norm = await openDeviceNorm(executor, size);
  const shape = { batch, adapters, dialect };
  const leafSession = await executor.createSession(flatTrainingGraph(config, { ...shape, mixed }).model, { threads });
  const lossSession = await executor.createSession(flatLossGraph(config, shape).model, { threads });
  const frozen = adapters && (await openFrozen(options));
  const { windows, fillTraining, fillValidation } = rowsOf(options);
  const validationLeaves = Math.ceil(windows.length / batch);
  const rows = tokenBatch(batch, contextLength);

  const vectorMemory = createVectorMemory();
  const squareSums = openSquareSums(vectorMemory);
  const newVector = newHostVector(size, executor.capabilities, vectorMemory);
  const lossScale = mixed ? openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), batch * contextLength) : undefined;
  const scale = lossScale && { loss_scale: { data: lossScale.numbers.subarray(0, 1), shape: [1] } };
  const host: TrainedState = {
    lossScale: lossScale?.numbers,
    parameters: newVector(),
    averages: average && newVector(),
    optimiser: training.optimiser?.name ?? "adamw",
    memory: Object.fromEntries(Object.keys(optimiser.memory).map((name) => [name, newVector()])),
  };
  const copies: (readonly [DeviceVector, Float32Array])[] = [
    [parameters, host.parameters],
    ...Object.entries(optimiser.memory).map(([name, vector]) => [vector, host.memory[name]!] as const),
    ...(average && host.averages ? [[average.averages, host.averages] as const] : []),
  ];
  let applied = 0;
  if (options.resume) applied = readCheckpoint(layout, options.resume, training.seed, host);
  else {
    const first = firstValues(options)();
    for (const vector of [host.parameters, host.averages]) vector?.set(first);
  }
  let isPublished = true;

  const adoptState = async (): Promise<void> => {
    for (const [device, copy] of copies) await device.current.write(copy);
    isPublished = true;
  };
  await adoptState();

  const views = (fill: (into: TokenBatch) => void): Record<string, Operand> => {
    fill(rows);
    const shape = [batch, contextLength];
    const data = { tokens: { data: rows.tokens, shape }, targets: { data: rows.targets, shape } };
    return frozen === undefined ? data : { ...data, frozen };
  };
  const leafViews = (step: number, leaf: number): Record<string, Operand> => ({
    ...views((into) => fillTraining(into, { step, leaf })),
    ...(isRandom && { draw: { data: Int32Array.of(training.seed, step, leaf), shape: [3] } }),
    ...scale,
  });

  /** Leaves the sum of gradients in `gradient`. */
  const sumLeaves = async (
    step: number,
    parts: readonly LeafRange[],
    halting: () => boolean,
  ): Promise<Omit<StepSums, "squares"> | undefined> => {
    let [lossSum, targetCount] = [0, 0];
    const chosen = parts.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
    for (const [index, leaf] of chosen.entries()) {
      if (halting()) return undefined;
      const [loss_sum, target_count] = [oneNumber(), oneNumber()];
      const into = index === 0 ? gradient : leafGradient;
      const feeds = { parameters: parameters.current, ...leafViews(step, leaf) };
      await leafSession.run(feeds, { gradient: into.current, loss_sum, target_count });
      if (index > 0) await addition.run({ sum: gradient, part: leafGradient }, {});
      lossSum += loss_sum.data[0]!;
      targetCount += target_count.data[0]!;
    }
    return { lossSum, targetCount };
  };

  const computePart = async (
    step: number,
    part: LeafRange,
    halting: () => boolean,
    out: Float32Array,
  ): Promise<boolean> => {
    const sums = await sumLeaves(step, [part], halting);
    if (sums === undefined) return false;
    await gradient.current.read(out.subarray(0, size));
    out.set([sums.lossSum, sums.targetCount], size);
    return true;
  };

  const apply = (step: number, sums: StepSums): Promise<StepReport> => {
    const failure = async (): Promise<NonFiniteGradientError> => {
      const found = new Float32Array(size);
      await gradient.current.read(found);
      return nonFiniteGradient(step, layout, found);
    };
    const update = async (learningRate: number, gradientScale: number): Promise<void> => {
      isPublished = false;
      await optimiser.apply(parameters, gradient, { step, learningRate, gradientScale });
      await average?.update(parameters, step);
    };
    return makeStep(training, step, sums, lossScale, update, failure);
  };

  return {
    layout,
    vectorFloats: size + 2,
    state: [...copies.map(([, copy]) => copy), ...(lossScale ? [lossScale.numbers] : [])],
    vectorMemory,
    applied,
    // The device takes one run at a time.
    concurrency: 1,
    validationLeaves,
    async computeLeaf(step, leaf, out) {
      await computePart(step, { start: leaf, end: leaf + 1 }, () => false, out);
    },
    computePart,
    async applyStep(step, sums) {
      const summed = sums.subarray(0, size);
      await gradient.current.write(summed);
      // Cards may add in another order, and all nodes are to clip alike.
      const squares = squareSums.ofAll(layout, summed);
      return apply(step, { lossSum: sums[size]!, targetCount: sums[size + 1]!, squares });
    },
    async stepAlone(step, halting, parts = [{ start: 0, end: leaves }]) {
      const sums = await sumLeaves(step, parts, halting);
      return sums && apply(step, { ...sums, squares: await norm.sumOfSquares(gradient.current) });
    },
    async validateLeaf(leaf) {
      const chosen = windows.slice(leaf * batch, (leaf + 1) * batch);
      if (chosen.length === 0) throw new RangeError(`no validation leaf ${leaf} among ${validationLeaves}`);
      const [loss_sum, target_count] = [oneNumber(), oneNumber()];
      const fed = views((into) => fillValidation(into, chosen));
      const served = average?.averages ?? parameters;
      await lossSession.run({ parameters: served.current, ...fed }, { loss_sum, target_count });
      return { lossSum: loss_sum.data[0]!, targetCount: target_count.data[0]! };
    },
    async publishState() {
      if (isPublished) return;
      for (const [device, copy] of copies) await device.current.read(copy);
      isPublished = true;
    },
    adoptState,
    exportCheckpoint: (stepsApplied) => writeCheckpoint(layout, host, training.seed, stepsApplied),
    async close() {
      await Promise.all([leafSession, lossSession, optimiser, addition, norm].map((part) => part.release()));
      await average?.release();
      await vectors.release();
      await frozen?.release();
    },
  };
}

/** Takes the model that adapters are for to the device, where it stays. */
async function openFrozen({ executor, config, initial }: ReplicaOptions): Promise<ResidentTensor> {
  const frozen = await executor.allocate("float32", [parameterVectorSize(config)]);
  await frozen.write(initial!);
  return frozen;
}
