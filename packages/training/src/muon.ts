/** Muon in the memory of this process: each hidden matrix by itself, on a thread of its own. For a device see `device_muon.ts`. */
import type { Session, TensorView } from "@millrace/execution";
import { input, onnxModel } from "@millrace/tensor";
import type { Parameter } from "@millrace/transformer";
import { openAdamW } from "./adamw.ts";
import { byName, eachOf, type Range } from "./elementwise.ts";
import { isJoined, MUON_FACTORS, MUON_MATRICES, type MuonSettings, muonUpdate } from "./muon_update.ts";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";
import { groupOf } from "./parameter_group.ts";

/** Opens the optimiser. */
export async function openMuon(settings: MuonSettings, parts: OptimiserParts): Promise<Optimiser> {
  const { executor, layout, decay, concurrency } = parts;
  const matrices = layout.filter((parameter) => groupOf(parameter) === "hidden");
  const adamW = await openAdamW(settings, parts, rangesBetween(matrices, decay.length));
  // Hidden matrices have no second moments, and their first ones are the momentum.
  const { firstMoments: momentum } = adamW.memory as { firstMoments: Float32Array };
  const sessions = new Map<string, Session>();
  for (const matrix of matrices) {
    const kind = kindOf(matrix);
    if (!sessions.has(kind))
      sessions.set(kind, await executor.createSession(muonModel(matrix, settings), { threads: 1 }));
  }

  return {
    memory: adamW.memory,
    async apply(parameters, gradient, step) {
      const factors = { gradientScale: one(step.gradientScale), negativeLearningRate: one(-step.learningRate) };
      await eachOf(matrices, concurrency, async (matrix) => {
        const { shape, offset, size } = matrix;
        const view = (vector: Float32Array) => ({ data: vector.subarray(offset, offset + size), shape });
        const state = { matrix: view(parameters), momentum: view(momentum) };
        // A slice lies in memory of its own, which every executor can read.
        const found = executor.capabilities.sharedMemory
          ? view(gradient)
          : { data: gradient.slice(offset, offset + size), shape };
        await sessions
          .get(kindOf(matrix))!
          .run(
            { ...state, ...factors, gradient: found, decay: one(decay[offset]!) },
            { "matrix.updated": state.matrix, "momentum.updated": state.momentum },
          );
      });
      await adamW.apply(parameters, gradient, step);
    },
    async release() {
      await Promise.all([adamW.release(), ...[...sessions.values()].map((session) => session.release())]);
    },
  };
}

function muonModel(parameter: Parameter, settings: MuonSettings): Uint8Array {
  const tensors = {
    ...byName(MUON_MATRICES, (name) => input(name, "float32", parameter.shape)),
    ...byName(MUON_FACTORS, (name) => input(name, "float32", [1])),
  };
  const { matrix, momentum } = muonUpdate(parameter, settings, tensors);
  const outputs = { "matrix.updated": matrix, "momentum.updated": momentum };
  return onnxModel({ name: "muon", inputs: Object.values(tensors), outputs });
}

function one(value: number): TensorView {
  return { data: Float32Array.of(value), shape: [1] };
}

function kindOf(parameter: Parameter): string {
  return `${parameter.shape}${isJoined(parameter) ? " joined" : ""}`;
}

/** What lies between parameters, gaps included. */
function rangesBetween(parameters: readonly Parameter[], length: number): Range[] {
  const starts = [0, ...parameters.map(({ offset, size }) => offset + size)];
  const ends = [...parameters.map(({ offset }) => offset), length];
  return starts.map((start, index): Range => [start, ends[index]!]).filter(([start, end]) => end > start);
}
