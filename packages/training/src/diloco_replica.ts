/**
 * A replica whose steps are rounds: each node makes many steps of its own on its leaves, and only then do nodes meet. What they exchange is
 * how far each went and what its optimiser remembers; all take the mean, so their states are equal after every round.
 */
import type { LeafRange } from "@millrace/collective";
import { openSquareSums } from "./gradient_norm.ts";
import { createReplica } from "./replica.ts";
import type { Replica, ReplicaOptions } from "./replica_port.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import { learningRateAt } from "./schedule.ts";
import { newHostVector } from "./vector_space.ts";

/**
 * Nesterov momentum of the outer steps. The paper's 0.9 goes too far in trainings of tens of rounds, which are ours.
 * @see Douillard et al. 2023, "DiLoCo", section 3.
 */
const [OUTER_LEARNING_RATE, OUTER_MOMENTUM] = [0.7, 0.5];
/** Name of the outer momentum in a checkpoint's state. */
const VELOCITY = "outerVelocity";

/** A replica whose `applied`, `applyStep` and checkpoints count rounds; `computeLeaf` counts steps. */
export interface DilocoReplica extends Omit<Replica, "stepAlone" | "phases"> {
  readonly innerSteps: number;
  /** Length of a leaf's vector, where `vectorFloats` is that of a round's. */
  readonly leafFloats: number;
  /** Goes back to the state that all nodes share; what was computed since is void. */
  beginRound(): Promise<void>;
  /** Makes one step of this node's own. @param sums Over its leaves, as of `applyStep`. */
  innerStep(step: number, sums: Float32Array): Promise<void>;
  /**
   * Makes such a step over parts of the leaves, whose sums never leave the device. Absent where there is no device.
   * @param halting Asked between leaves; true abandons the step.
   * @returns Whether it was made.
   */
  innerStepAlone?(step: number, parts: readonly LeafRange[], halting: () => boolean): Promise<boolean>;
  /** Writes what this node came to in the round. @param out Length `vectorFloats`. */
  endRound(out: Float32Array): Promise<void>;
}

/**
 * Creates a replica.
 * @param innerSteps Steps of a round; `options.training.steps` counts all of them.
 * @throws What `createReplica` throws.
 */
export async function createDilocoReplica(options: ReplicaOptions, innerSteps: number): Promise<DilocoReplica> {
  const { training, executor } = options;
  const { stepAlone, phases: _, ...inner } = await createReplica({ ...options, phases: 1 });
  const size = inner.vectorFloats - 2;
  const newVector = newHostVector(size, executor.capabilities, inner.vectorMemory);
  const shared = inner.state.map((vector) => {
    const copy = newVector();
    copy.set(vector);
    return copy;
  });
  const squares = openSquareSums(inner.vectorMemory);
  const velocity = newVector();
  if (options.resume) velocity.set(velocityIn(options.resume.state, size));
  const vectorFloats = size * shared.length + 3;
  const takeShared = (): void => inner.state.forEach((vector, i) => vector.set(shared[i]!));
  // Whether the inner replica is where all nodes are.
  let isShared = true;
  const adopt = async (): Promise<void> => {
    takeShared();
    await inner.adoptState();
    isShared = true;
  };
  let [lossSum, targetCount] = [0, 0];
  const count = (nats: number, targets: number): void => {
    lossSum += nats;
    targetCount += targets;
  };

  return {
    ...inner,
    innerSteps,
    leafFloats: inner.vectorFloats,
    vectorFloats,
    state: [...shared, velocity],
    applied: inner.applied / innerSteps,
    async beginRound() {
      if (!isShared) await adopt();
      [lossSum, targetCount] = [0, 0];
    },
    async innerStep(step, sums) {
      isShared = false;
      await inner.applyStep(step, sums);
      count(sums[size]!, sums[size + 1]!);
    },
    ...(stepAlone && {
      async innerStepAlone(step, parts, halting) {
        isShared = false;
        const report = await stepAlone(step, halting, parts);
        if (report === undefined) return false;
        count(report.loss * report.targetCount, report.targetCount);
        return true;
      },
    }),
    async endRound(out) {
      await inner.publishState();
      inner.state.forEach((vector, i) => out.set(vector, i * size));
      const [from, to] = [shared[0]!, inner.state[0]!];
      for (let i = 0; i < size; i++) out[i] = from[i]! - to[i]!;
      out.set([1, lossSum, targetCount], vectorFloats - 3);
    },
    async applyStep(round, sums) {
      const [nodes, losses, targets] = sums.subarray(vectorFloats - 3) as unknown as [number, number, number];
      const [parameters, ...memory] = shared;
      const way = sums.subarray(0, size);
      for (let i = 0; i < size; i++) {
        const mean = way[i]! / nodes;
        velocity[i] = OUTER_MOMENTUM * velocity[i]! + mean;
        parameters![i] = parameters![i]! - OUTER_LEARNING_RATE * (mean + OUTER_MOMENTUM * velocity[i]!);
      }
      memory.forEach((vector, index) => {
        const start = size * (index + 1);
        for (let i = 0; i < size; i++) vector[i] = sums[start + i]! / nodes;
      });
      await adopt();
      return {
        loss: losses / targets,
        targetCount: targets,
        gradientNorm: Math.sqrt(squares.ofAll(inner.layout, way)) / nodes,
        learningRate: learningRateAt(training, (round + 1) * innerSteps - 1),
      };
    },
    // Only rounds change what is shared, and they change it here.
    publishState: async () => {},
    adoptState: adopt,
    exportCheckpoint(rounds) {
      // A round that this node has made and nobody has met for yet is void.
      takeShared();
      const { model, state } = inner.exportCheckpoint(rounds * innerSteps);
      const { tensors, metadata } = readSafetensors(state);
      const whole = new Map(tensors).set(VELOCITY, { shape: [size], data: velocity });
      return { model, state: writeSafetensors(whole, metadata) };
    },
  };
}

function velocityIn(state: Uint8Array, size: number): Float32Array {
  const data = readSafetensors(state).tensors.get(VELOCITY)?.data;
  if (!(data instanceof Float32Array) || data.length !== size) {
    throw new TypeError(
      `reading a checkpoint: wanted "${VELOCITY}" of ${size} numbers, as train.exchange diloco writes it`,
    );
  }
  return data;
}
