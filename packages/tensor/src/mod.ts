/**
 * Tensor programs as graphs: write a function on symbolic tensors, differentiate it, and get an ONNX model of both.
 *
 * ```ts
 * import { gemm, gradients, input, mul, onnxModel, reduceSum } from "@millrace/tensor";
 *
 * const x = input("x", "float32", [8, 3]);
 * const weight = input("weight", "float32", [3, 2]);
 * const y = gemm(x, weight);
 * const loss = reduceSum(mul(y, y), [0, 1]);
 * const [gradient] = gradients(loss, [weight]);
 * const model = onnxModel({ name: "squares", inputs: [x, weight], outputs: { loss, "grad.weight": gradient! } });
 * ```
 * @module
 */
export { constant, input, integers, readingOrder, scalar } from "./graph.ts";
export type { ConstantData, DataType, Tensor } from "./graph.ts";
export type { Dimension, Shape } from "./shape.ts";
export {
  add,
  and,
  bitwiseXor,
  cast,
  div,
  exactGelu,
  exp,
  gelu,
  greaterOrEqual,
  lessOrEqual,
  max,
  min,
  mul,
  relu,
  shiftRight,
  sigmoid,
  silu,
  sqrt,
  sub,
  tanh,
  where,
} from "./operations/elementwise.ts";
export { attendsInOne, causalAttention } from "./operations/attention.ts";
export { gather, range, scatterAdd } from "./operations/indexing.ts";
export { concat, expand, reshape, shapeOf, split, transpose } from "./operations/layout.ts";
export { gemm, matmul } from "./operations/matrix.ts";
export type { ProductOptions } from "./operations/matrix.ts";
export { quantisedConstant, quantisedGather, quantisedProduct, quantiseRows } from "./operations/quantised.ts";
export type { QuantisedMatrix, QuantisedRows } from "./operations/quantised.ts";
export { crossEntropy, layerNormalization, rmsNormalization, softmax } from "./operations/normalization.ts";
export { reduceMean, reduceSum } from "./operations/reduction.ts";
export { gradients, pullback } from "./gradient.ts";
export { withoutRepeats } from "./passes/common_subexpressions.ts";
export { halfProducts } from "./passes/half_products.ts";
export { inPhases } from "./passes/phases.ts";
export type { Phase } from "./passes/phases.ts";
export { plainBits } from "./passes/plain_bits.ts";
export { heldBytes, type Recomputation } from "./passes/recompute.ts";
export { elementLoop, LOOP_ELEMENTS } from "./element_loop.ts";
export { squareSum } from "./square_sum.ts";
export { onnxModel } from "./onnx.ts";
export type { Dialect, ModelDefinition } from "./onnx.ts";
