/** Attention of whole sequences as one operation, where a runtime has a kernel for it. */
import { floatOf, intOf } from "../attributes.ts";
import { constant, first, operationWithOutputs, type OperationNode, type Tensor } from "../graph.ts";
import { formatShape, staticShape } from "../shape.ts";
import { matmul } from "./matrix.ts";
import { concat, reshape, slice, transpose } from "./layout.ts";
import { mul, sub } from "./elementwise.ts";
import { reduceSum } from "./reduction.ts";

/** Widths of heads that the kernel takes are multiples of it. */
const HEAD_STEP = 8;

/** Whether `causalAttention` takes heads of this width. */
export function attendsInOne(headWidth: number): boolean {
  return headWidth % HEAD_STEP === 0;
}

/**
 * softmax(scale Q K^T) V of each head, where a token looks at itself and at those before it. Only in ONNX Runtime's dialect, whose
 * kernel leaves out what is hidden: it neither moves heads about nor computes the exponentials of hidden scores.
 * Legend: B sequences, T tokens, H heads, K width of a head.
 * @param joint Queries, keys and values of all heads one after another, static shape (B, T, 3 H K).
 * @returns Shape (B, T, H K).
 * @throws {RangeError} If the shape does not fit the heads, or their width is not one that `attendsInOne` takes.
 */
export function causalAttention(joint: Tensor, heads: number, scale: number): Tensor {
  const [batch = 0, length = 0, extent = 0] = staticShape(joint.shape, "causalAttention");
  const width = extent / 3 / heads;
  if (joint.shape.length !== 3 || !Number.isInteger(width) || !attendsInOne(width)) {
    throw new RangeError(
      `causalAttention: found ${formatShape(joint.shape)} for ${heads} heads, wanted (B, T, 3 H K), K a multiple of ${HEAD_STEP}`,
    );
  }
  const last = constant(new Int32Array(batch).fill(length - 1), [batch]);
  const total = constant(Int32Array.of(length), [1]);
  const perHead = [batch, heads, length, width];
  const shapes = [[batch, length, heads * width], perHead, perHead, [batch, heads, length, length]];
  const outputs = operationWithOutputs(
    "CausalAttention",
    [joint, last, total],
    shapes.map((shape) => ({ type: joint.type, shape })),
    { heads: { int: heads }, scale: { float: scale } },
  );
  return first(outputs);
}

/**
 * The gradient by `joint`, from the kernel's own keys, values and probabilities P. With D = G V^T and s the sums of G Y over the width of a head:
 * dV = P^T G, dS = P (D - s), dQ = scale dS K, dK = scale dS^T Q.
 * @param g Cotangent of the result Y.
 */
export function causalAttentionGradient(node: OperationNode, g: Tensor): Tensor {
  const [joint = g] = node.inputs;
  const [y = g, keys = g, values = g, probabilities = g] = node.outputs;
  const { heads, scale } = causalAttentionAttributes(node);
  const [batch = 0, , length = 0, width = 0] = staticShape(keys.shape, "gradient of CausalAttention");
  const apart = (x: Tensor): Tensor => reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]);
  const toHeads = (x: Tensor): Tensor => transpose(apart(x), [0, 2, 1, 3]);
  const sums = reduceSum(mul(apart(g), apart(y)), [-1]); // (B, T, H, 1)
  const gradient = toHeads(g);
  const queries = toHeads(slice(joint, -1, 0, heads * width));
  const difference = sub(matmul(gradient, values, { transposeB: true }), transpose(sums, [0, 2, 1, 3]));
  const scores = mul(probabilities, difference);
  const parts = [
    matmul(scores, keys, { scale }),
    matmul(scores, queries, { transposeA: true, scale }),
    matmul(probabilities, gradient, { transposeA: true }),
  ];
  return reshape(transpose(concat(parts, 1), [0, 2, 1, 3]), joint.shape);
}

/** Reads the settings of a `CausalAttention` back. */
export function causalAttentionAttributes({ attributes }: Pick<OperationNode, "attributes">): {
  heads: number;
  scale: number;
} {
  return { heads: intOf(attributes, "heads"), scale: floatOf(attributes, "scale") };
}
