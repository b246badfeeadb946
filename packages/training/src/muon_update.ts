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
import { add, concat, div, gemm, max, mul, reduceSum, scalar, split, sqrt, type Tensor } from "@millrace/tensor";
import type { Parameter } from "@millrace/transformer";
import type { AdamWSettings } from "./adamw.ts";

/** Settings that hold for a whole run; the betas are of AdamW's part. */
export interface MuonSettings extends AdamWSettings {
  /** Share of the momentum that stays, 0 to below 1. */
  readonly momentum: number;
  /** Whether the gradient is mixed into the momentum once more before it is applied. */
  readonly nesterov: boolean;
}

/** What the update of a hidden matrix reads: three tensors of its shape, and three of shape (1). */
export const MUON_MATRICES = ["matrix", "momentum", "gradient"] as const;
export const MUON_FACTORS = ["gradientScale", "negativeLearningRate", "decay"] as const;
export type MuonTensors = Readonly<Record<(typeof MUON_MATRICES | typeof MUON_FACTORS)[number], Tensor>>;

/** Chosen for a steep slope at zero: five iterations bring singular values from 0.001 on to between about 0.7 and 1.2. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
/** Least norm that is divided by. */
const EPSILON = 1e-7;
/** Root mean square of AdamW's updates, about. */
const UPDATE_RMS = 0.2;

/** The new values of a hidden matrix and of its momentum. */
export function muonUpdate(
  parameter: Parameter,
  { momentum: share, nesterov }: MuonSettings,
  { matrix, momentum, gradient, gradientScale, negativeLearningRate, decay }: MuonTensors,
): Pick<MuonTensors, "matrix" | "momentum"> {
  const mixed = (a: Tensor, b: Tensor): Tensor => add(mul(a, scalar(share)), mul(b, scalar(1 - share)));
  const g = mul(gradient, gradientScale);
  const m = mixed(momentum, g);
  const direction = parts(parameter, nesterov ? mixed(m, g) : m);
  const orthogonal = concat(direction.map(scaledOrthogonal), 1);
  const updated = add(matrix, mul(add(orthogonal, mul(matrix, decay)), negativeLearningRate));
  return { matrix: updated, momentum: m };
}

/** Whether a parameter is one of the matrices that are made orthogonal in parts: GPT-2 keeps queries, keys and values in one. */
export function isJoined({ name }: Parameter): boolean {
  return name.endsWith(".c_attn.weight");
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

function parts(parameter: Parameter, x: Tensor): readonly Tensor[] {
  const columns = parameter.shape[1]!;
  return isJoined(parameter) ? split(x, 1, [columns / 3, columns / 3, columns / 3]) : [x];
}
