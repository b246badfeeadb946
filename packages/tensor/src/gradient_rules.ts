/**
 * Derivatives, one rule an operation. Legend: `g` is the cotangent of the (first) output, that is d loss / d output; a rule
 * returns d loss / d input for each input, undefined where there is none (indices, axes). Unused results cost nothing, since only
 * what a model's outputs need is written.
 */
import { intOf, intsOf, stringOf } from "./attributes.ts";
import { constant, scalar, type OperationName, type OperationNode, type Tensor } from "./graph.ts";
import {
  add,
  cast,
  div,
  erf,
  exp,
  greaterOrEqual,
  lessOrEqual,
  max,
  mul,
  sigmoid,
  sub,
  where,
} from "./operations/elementwise.ts";
import { causalAttentionGradient } from "./operations/attention.ts";
import { scatterAdd } from "./operations/indexing.ts";
import { concat, expand, reshape, split, transpose } from "./operations/layout.ts";
import { gemm, matmul, productOptions, type ProductOptions } from "./operations/matrix.ts";
import { reduceSum, sumToShape } from "./operations/reduction.ts";
import { elementCount, staticShape } from "./shape.ts";

/** Maps the cotangents of a node's outputs (undefined where nothing flowed back) to those of its inputs. */
export type GradientRule = (
  node: OperationNode,
  cotangents: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

/** The table. An operation that is missing cannot be differentiated. */
export const GRADIENT_RULES: Readonly<Partial<Record<OperationName, GradientRule>>> = {
  // y = a + b: da = g, db = g, summed over stretched axes.
  Add: withOperands(([a, b], g) => [sumToShape(g, a.shape), sumToShape(g, b.shape)]),

  // y = a - b: da = g, db = -g.
  Sub: withOperands(([a, b], g) => [sumToShape(g, a.shape), mul(sumToShape(g, b.shape), scalar(-1))]),

  // y = a b: da = g b, db = g a.
  Mul: withOperands(([a, b], g) => [sumToShape(mul(g, b), a.shape), sumToShape(mul(g, a), b.shape)]),

  // y = a / b: da = g / b, db = -g y / b.
  Div: withOperands(([a, b], g, y) => {
    const da = div(g, b);
    return [sumToShape(da, a.shape), sumToShape(mul(mul(da, y), scalar(-1)), b.shape)];
  }),

  // y = sqrt(x): dx = g / (2 y).
  Sqrt: withOperands((_, g, y) => [div(mul(g, scalar(0.5)), y)]),

  // y = e^x: dx = g y.
  Exp: withOperands((_, g, y) => [mul(g, y)]),

  // y = tanh x: dx = g (1 - y^2).
  Tanh: withOperands((_, g, y) => [mul(g, sub(scalar(1), mul(y, y)))]),

  // y = sigma(x): dx = g y (1 - y).
  Sigmoid: withOperands((_, g, y) => [mul(mul(g, y), sub(scalar(1), y))]),

  // y = max(x, 0): dx = g where x > 0, else 0; at 0 too, as PyTorch has it.
  Relu: withOperands(([x], g) => [where(lessOrEqual(x, scalar(0)), scalar(0), g)]),

  // The exact form is y = x c, c = (1 + erf(x / sqrt 2)) / 2: dx = g (c + x e^(-x^2 / 2) / sqrt(2 pi)).
  // With k = 2 sqrt(2/pi), the tanh form is y = x s, s = sigma(z), z = k x + 0.044715 k x^3 (as 1 + tanh u = 2 sigma(2u)):
  // dx = g (s + x s (1 - s) z') = g (s + (y - y s) z'), z' = k + 3 * 0.044715 k x^2.
  Gelu: withOperands(([x], g, y, node) => {
    if (stringOf(node.attributes, "approximate") === "none") {
      const c = mul(add(erf(mul(x, scalar(Math.SQRT1_2))), scalar(1)), scalar(0.5));
      const density = mul(exp(mul(mul(x, x), scalar(-0.5))), scalar(1 / Math.sqrt(2 * Math.PI)));
      return [mul(g, add(c, mul(x, density)))];
    }
    const k = 2 * Math.sqrt(2 / Math.PI);
    const cubic = mul(mul(x, x), scalar(0.044715 * k));
    const s = sigmoid(mul(x, add(cubic, scalar(k))));
    const slope = add(mul(cubic, scalar(3)), scalar(k));
    return [mul(g, add(s, mul(sub(y, mul(y, s)), slope)))];
  }),

  // y = alpha op(a) op(b), op being the identity or the transpose: see `productGradients`.
  MatMul: withOperands(([a, b], g, _, node) => {
    const [da, db] = productGradients(matmul, a, b, g, productOptions(node.attributes));
    return [sumToShape(da, a.shape), sumToShape(db, b.shape)];
  }),

  // y = alpha op(a) op(b) + c: dc = g, summed over stretched axes.
  Gemm: withOperands(([a, b, c], g, _, node) => {
    const both = productGradients(gemmWithoutBias, a, b, g, productOptions(node.attributes));
    return node.inputs.length === 2 ? both : [...both, sumToShape(g, c.shape)];
  }),

  // y = x with its axes permuted: dx = g permuted back.
  Transpose: withOperands((_, g, __, node) => {
    const permutation = intsOf(node.attributes, "perm");
    return [
      transpose(
        g,
        permutation.map((_axis, position) => permutation.indexOf(position)),
      ),
    ];
  }),

  // y = x with other extents: dx = g with the extents of x.
  Reshape: withOperands(([x], g) => [reshape(g, x.shape)]),

  // y = x stretched: dx = g summed over stretched axes.
  Expand: withOperands(([x], g) => [sumToShape(g, x.shape)]),

  // Attention of whole sequences: see `causalAttentionGradient`.
  CausalAttention: withOperands((_, g, __, node) => [causalAttentionGradient(node, g)]),

  // y_1 ... y_n = parts of x: dx = g_1 ... g_n joined, zero for parts that nobody used.
  Split: (node, cotangents) => {
    const parts = node.outputs.map(
      (output, index) => cotangents[index] ?? expand(scalar(0), staticShape(output.shape, "gradient of Split")),
    );
    return [concat(parts, intOf(node.attributes, "axis"))];
  },

  // y = x_1 ... x_n joined: dx_i = its part of g.
  Concat: (node, [g]) => {
    const axis = intOf(node.attributes, "axis");
    const sizes = node.inputs.map(({ shape }) => staticShape(shape, "gradient of Concat")[axis] ?? 0);
    if (g === undefined) throw new TypeError("gradient of Concat: wanted a cotangent for its output");
    return split(g, axis, sizes);
  },

  // y = table[indices]: each row of g is added to the row of the table it came from.
  Gather: withOperands(([table, indices], g) => {
    const [rows = 0, ...row] = staticShape(table.shape, "gradient of Gather");
    const width = elementCount(row);
    const count = elementCount(staticShape(indices.shape, "gradient of Gather"));
    const places = expand(reshape(indices, [count, 1]), [count, width]);
    const sum = scatterAdd(expand(scalar(0), [rows, width]), places, reshape(g, [count, width]), 0);
    return [reshape(sum, table.shape)];
  }),

  // y = sum of x over axes: dx = g stretched.
  ReduceSum: withOperands(([x], g) => [expand(g, staticShape(x.shape, "gradient of ReduceSum"))]),

  // y = mean of x over axes: dx = g stretched, divided by the number of elements that were averaged.
  ReduceMean: withOperands(([x], g, y) => {
    const shape = staticShape(x.shape, "gradient of ReduceMean");
    const averaged = elementCount(shape) / elementCount(staticShape(y.shape, "gradient of ReduceMean"));
    return [expand(mul(g, scalar(1 / averaged)), shape)];
  }),

  // y = softmax(x): dx = y (g - sum(g y)), written as g y - y sum(g y).
  Softmax: withOperands((_, g, y) => {
    const weighted = mul(g, y);
    return [sub(weighted, mul(y, reduceSum(weighted, [-1])))];
  }),

  // y = n gamma + beta, n = (x - mean) r, r = 1 / sqrt(variance + epsilon):
  // dx = (g gamma - mean(g gamma) - n mean(g gamma n)) r, dgamma = sum(g n), dbeta = sum(g).
  // The means over the width D are products with gamma / D, which spares two passes over x.
  LayerNormalization: withOperands(([x, gamma, beta], g, _, node) => {
    const [, mean = x, r = x] = node.outputs;
    const [width = 1] = staticShape(gamma.shape, "gradient of LayerNormalization");
    const n = mul(sub(x, mean), r);
    const gn = mul(g, n);
    const column = reshape(gamma, [width, 1]);
    const meanG = narrowProduct(g, column, 1 / width);
    const meanGn = narrowProduct(gn, column, 1 / width);
    const dx = mul(sub(sub(mul(g, gamma), mul(n, meanGn)), meanG), r);
    return [dx, sumToShape(gn, gamma.shape), sumToShape(g, beta.shape)];
  }),

  // y = n gamma, n = x r, r = 1 / sqrt(mean(x^2) + epsilon): dx = (g gamma - n mean(g gamma n)) r, dgamma = sum(g n).
  // As above, the mean is a product with gamma / D.
  RMSNormalization: withOperands(([x, gamma], g, _, node) => {
    const [, r = x] = node.outputs;
    const [width = 1] = staticShape(gamma.shape, "gradient of RMSNormalization");
    const n = mul(x, r);
    const gn = mul(g, n);
    const meanGn = narrowProduct(gn, reshape(gamma, [width, 1]), 1 / width);
    return [mul(sub(mul(g, gamma), mul(n, meanGn)), r), sumToShape(gn, gamma.shape)];
  }),

  // y_n = -log p_n[label_n], p = softmax(x): dx_n = g_n (p_n - onehot(label_n)), 0 where the label is -1.
  SoftmaxCrossEntropyLoss: withOperands(([logits, labels], g, _, node) => {
    const [, logProbabilities = logits] = node.outputs;
    const [rows = 0] = staticShape(logits.shape, "gradient of SoftmaxCrossEntropyLoss");
    const zero = labels.type === "int32" ? constant(Int32Array.of(0), []) : constant(BigInt64Array.of(0n), []);
    // Each row has one index, so none repeats within a column of the scatter.
    const index = reshape(max(labels, zero), [rows, 1]);
    const minusOne = constant(new Float32Array(rows).fill(-1), [rows, 1]);
    const difference = scatterAdd(exp(logProbabilities), index, minusOne, 1);
    const counted = mul(g, cast(greaterOrEqual(labels, zero), "float32"));
    return [mul(difference, reshape(counted, [rows, 1]))];
  }),
};

/** Makes a rule of a function that names the operands, for operations of which only the first output can be differentiated. */
function withOperands(
  rule: (operands: Operands, g: Tensor, y: Tensor, node: OperationNode) => readonly (Tensor | undefined)[],
): GradientRule {
  return (node, [g, ...others]) => {
    const [y] = node.outputs;
    const [a = y, b = a, c = b] = node.inputs;
    if (g === undefined || y === undefined || a === undefined || b === undefined || c === undefined) {
      throw new TypeError(`gradient of ${node.op}: wanted a cotangent for the first output`);
    }
    if (others.some((cotangent) => cotangent !== undefined)) {
      throw new TypeError(`gradient of ${node.op}: only the first output can be differentiated`);
    }
    return rule([a, b, c], g, y, node);
  };
}

/** Up to three operands; a rule reads only those its operation has. */
type Operands = readonly [Tensor, Tensor, Tensor];

function gemmWithoutBias(a: Tensor, b: Tensor, options: ProductOptions): Tensor {
  return gemm(a, b, undefined, options);
}

/** For Y = s A B: dA = s G B^T and dB = s A^T G. Where an operand was read transposed, its gradient is transposed likewise. */
function productGradients(
  product: (a: Tensor, b: Tensor, options: ProductOptions) => Tensor,
  a: Tensor,
  b: Tensor,
  g: Tensor,
  { transposeA, transposeB, scale }: Required<ProductOptions>,
): readonly [Tensor, Tensor] {
  const da = transposeA
    ? product(b, g, { transposeA: transposeB, transposeB: true, scale })
    : product(g, b, { transposeB: !transposeB, scale });
  const db = transposeB
    ? product(g, a, { transposeA: true, transposeB: transposeA, scale })
    : product(a, g, { transposeA: !transposeA, scale });
  return [da, db];
}

/** A product with one column; matrices by Gemm, whose kernel takes half the time that the one for batches takes. */
function narrowProduct(x: Tensor, column: Tensor, scale: number): Tensor {
  return x.shape.length === 2 ? gemm(x, column, undefined, { scale }) : matmul(x, column, { scale });
}
