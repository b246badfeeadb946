/**
 * Muon: the momentum of each hidden matrix is brought near the closest orthogonal matrix before it is applied, so that no direction
 * of it dominates. Embeddings, the head, norms and biases are AdamW's.
 *
 * Differences from the reference: all is float32 (the reference iterates in bfloat16), and updates are scaled to the root mean
 * square of AdamW's, so that one learning rate and one weight decay serve both parts.
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks" (the iteration and its coefficients; queries,
 * keys and values of a joined matrix are taken apart), https://kellerjordan.github.io/posts/muon/
 * @see Liu et al. 2025, "Muon is Scalable for LLM Training", equation 4 (scale and decoupled decay).
 */
import type { Session, TensorView } from "@millrace/execution";
import {
  add,
  concat,
  div,
  gemm,
  input,
  max,
  mul,
  onnxModel,
  reduceSum,
  scalar,
  split,
  sqrt,
  type Tensor,
} from "@millrace/tensor";
import type { Parameter } from "@millrace/transformer";
import { type AdamWSettings, openAdamW } from "./adamw.ts";
import { eachOf, type Range } from "./elementwise.ts";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";
import { groupOf } from "./parameter_group.ts";

/** Settings that hold for a whole run; the betas are of AdamW's part. */
export interface MuonSettings extends AdamWSettings {
  /** Share of the momentum that stays, 0 to below 1. */
  readonly momentum: number;
  /** Whether the gradient is mixed into the momentum once more before it is applied. */
  readonly nesterov: boolean;
}

/** Chosen for a steep slope at zero: five iterations bring singular values from 0.001 on to between about 0.7 and 1.2. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
/** Least norm that is divided by. */
const EPSILON = 1e-7;
/** Root mean square of AdamW's updates, about. */
const UPDATE_RMS = 0.2;

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

function muonModel(parameter: Parameter, { momentum: share, nesterov }: MuonSettings): Uint8Array {
  const { shape } = parameter;
  const [matrix, momentum, gradient] = [
    input("matrix", "float32", shape),
    input("momentum", "float32", shape),
    input("gradient", "float32", shape),
  ];
  const factors = ["gradientScale", "negativeLearningRate", "decay"].map((name) => input(name, "float32", [1]));
  const [gradientScale, negativeLearningRate, decay] = factors as [Tensor, Tensor, Tensor];

  const mixed = (a: Tensor, b: Tensor): Tensor => add(mul(a, scalar(share)), mul(b, scalar(1 - share)));
  const g = mul(gradient, gradientScale);
  const m = mixed(momentum, g);
  const direction = parts(parameter, nesterov ? mixed(m, g) : m);
  const orthogonal = concat(direction.map(scaledOrthogonal), 1);
  const updated = add(matrix, mul(add(orthogonal, mul(matrix, decay)), negativeLearningRate));
  return onnxModel({
    name: "muon",
    inputs: [matrix, momentum, gradient, ...factors],
    outputs: { "matrix.updated": updated, "momentum.updated": m },
  });
}

/** The near-orthogonal matrix of a matrix, scaled to AdamW's root mean square. */
function scaledOrthogonal(x: Tensor): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const norm = sqrt(reduceSum(mul(x, x), [0, 1]));
  let result = div(x, max(norm, scalar(EPSILON)));
  // The smaller of the two Gram matrices; both ways are the same iteration.
  const tall = rows > columns;
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = tall
      ? gemm(result, result, undefined, { transposeA: true })
      : gemm(result, result, undefined, { transposeB: true });
    const change = gemm(gram, gram, mul(gram, scalar(B)), { scale: C });
    const kept = mul(result, scalar(A));
    result = tall ? gemm(result, change, kept) : gemm(change, result, kept);
  }
  return mul(result, scalar(UPDATE_RMS * Math.sqrt(Math.max(rows, columns))));
}

/** GPT-2 keeps the columns of queries, keys and values in one matrix. */
function parts({ name, shape }: Parameter, x: Tensor): readonly Tensor[] {
  const columns = shape[1]!;
  return isJoined(name) ? split(x, 1, [columns / 3, columns / 3, columns / 3]) : [x];
}

function isJoined(name: string): boolean {
  return name.endsWith(".c_attn.weight");
}

function one(value: number): TensorView {
  return { data: Float32Array.of(value), shape: [1] };
}

function kindOf({ name, shape }: Parameter): string {
  return `${shape}${isJoined(name) ? " joined" : ""}`;
}

/** What lies between parameters, gaps included. */
function rangesBetween(parameters: readonly Parameter[], length: number): Range[] {
  const starts = [0, ...parameters.map(({ offset, size }) => offset + size)];
  const ends = [...parameters.map(({ offset }) => offset), length];
  return starts.map((start, index): Range => [start, ends[index]!]).filter(([start, end]) => end > start);
}
