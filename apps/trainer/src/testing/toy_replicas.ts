import { setTimeout } from "node:timers/promises";
import { addInto, createVectorMemory, treeSum } from "@millrace/collective";
import { NonFiniteGradientError } from "@millrace/training";
import type { Replica, ReplicaFactory } from "../node/replica.ts";

/** Settings of a toy run. */
export interface ToySettings {
  readonly floats: number;
  /** Milliseconds a leaf takes, so that faults can hit a run in the middle. */
  readonly leafMs: number;
  /** How long a validation leaf takes; absent: no time. */
  readonly validationMs?: number;
  /** Step whose gradient is not finite, 0-based; absent: none. */
  readonly overflowAt?: number;
  /** Nodes make whole steps without sums, and can do nothing else. */
  readonly onlyAlone?: boolean;
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.slice().buffer);
}

/**
 * Replicas that train nothing, but in which every float32 rounding counts: a wrong sum or order changes the checkpoint.
 * @param slowness Times as long as the job says that a leaf takes here.
 */
export function toyReplicas(probe: string, slowness: number): ReplicaFactory {
  return {
    fingerprint: () => Promise.resolve({ runtime: "toy", library: "toy", kernelClass: "toy", probe }),
    close: () => Promise.resolve(),
    productRate: () => Promise.resolve(1e9),
    create({ settings, leaves, resume, blobs }) {
      const { floats, leafMs, validationMs, overflowAt, onlyAlone } = settings as unknown as ToySettings;
      const parameters = new Float32Array(new SharedArrayBuffer(floats * 4));
      const moments = new Float32Array(new SharedArrayBuffer(floats * 4));
      const shift = blobs["tokens"]?.[0] ?? 0;
      if (resume) {
        parameters.set(new Float32Array(resume.model.slice().buffer));
        moments.set(new Float32Array(resume.state.slice().buffer));
      }
      const gradient = (step: number, leaf: number, out: Float32Array): void => {
        for (let i = 0; i < floats; i++) {
          out[i] = Math.sin(parameters[i]! + shift + step * 3.3 + leaf * 1.7 + i) * 10 ** ((leaf * 5 + i + step) % 7);
        }
      };
      const half = floats >> 1;
      const replica: Replica = {
        vectorFloats: floats + 2,
        phases: [
          [{ start: half, end: floats }],
          [
            { start: 0, end: half },
            { start: floats, end: floats + 2 },
          ],
        ],
        state: [parameters, moments],
        vectorMemory: createVectorMemory(),
        publishState: () => Promise.resolve(),
        adoptState: () => Promise.resolve(),
        applied: resume?.step ?? 0,
        concurrency: 2,
        validationLeaves: 5,
        async computeLeaf(step, leaf, out, onPhase) {
          if (onlyAlone) throw new Error("a leaf is wanted of a node that makes whole steps");
          await setTimeout((leafMs * slowness) / 2);
          gradient(step, leaf, out);
          const late = out.slice(0, half);
          // What is given too early shows.
          out.fill(NaN, 0, half);
          onPhase?.(0);
          await setTimeout((leafMs * slowness) / 2);
          out.set(late);
          out.set([leaf + 0.1, 1], floats);
          onPhase?.(1);
        },
        applyStep(step, sums) {
          if (step === overflowAt) return Promise.reject(new NonFiniteGradientError(`step ${step}: too much`));
          addInto(moments, sums.subarray(0, floats));
          for (let i = 0; i < floats; i++) parameters[i] = parameters[i]! * 0.75 + Math.tanh(moments[i]! * 1e-6);
          return Promise.resolve({ gradientNorm: 1, learningRate: 1 });
        },
        async validateLeaf(leaf) {
          if (validationMs !== undefined) await setTimeout(validationMs);
          return { lossSum: parameters[leaf % floats]! + 2, targetCount: 1 + leaf };
        },
        exportCheckpoint: () => ({ model: bytesOf(parameters), state: bytesOf(moments) }),
        close: () => Promise.resolve(),
      };
      const stepAlone: Replica["stepAlone"] = async (step) => {
        const vectors = Array.from({ length: leaves }, () => new Float32Array(floats));
        vectors.forEach((vector, leaf) => gradient(step, leaf, vector));
        const lossSum = vectors.reduce((sum, _, leaf) => sum + leaf + 0.1, 0);
        const { gradientNorm, learningRate } = await replica.applyStep(step, treeSum(vectors));
        return { loss: lossSum / leaves, targetCount: leaves, gradientNorm, learningRate };
      };
      return Promise.resolve(onlyAlone ? { ...replica, stepAlone } : replica);
    },
  };
}
