/** Operations spelt out in simpler operators, for runtimes that have no kernel of the whole. */
import { floatOf, intOf } from "./attributes.ts";
import type { Attributes, OperationNode } from "./graph.ts";
import type { NodeProto } from "./onnx_messages.ts";
import { causalAttentionAttributes } from "./operations/attention.ts";
import { productOptions } from "./operations/matrix.ts";

/** Collects nodes of one output; `emit` gives the output's name back. */
function nodeList(): {
  protos: NodeProto[];
  emit: (op: string, inputs: readonly string[], output: string, attributes?: Attributes) => string;
} {
  const protos: NodeProto[] = [];
  return {
    protos,
    emit(op, inputs, output, attributes = {}) {
      protos.push({ op, domain: "", inputs, outputs: [output], attributes });
      return output;
    },
  };
}

/** The norm: x times the reciprocal of sqrt(mean(x^2) + epsilon), times the scale. */
export function plainRmsNormalization(
  node: OperationNode,
  [x = "", scale = ""]: readonly string[],
  [result = "", inverse = `${result}.inverse`]: readonly string[],
): NodeProto[] {
  const { protos, emit } = nodeList();
  const epsilon = floatOf(node.attributes, "epsilon");
  const guard = emit("Constant", [], `${result}.epsilon`, { value_float: { float: epsilon } });
  const last = emit("Constant", [], `${result}.axes`, { value_ints: { ints: [-1] } });
  const squares = emit("Mul", [x, x], `${result}.squares`);
  const mean = emit("ReduceMean", [squares, last], `${result}.mean`, { keepdims: { int: 1 } });
  const root = emit("Sqrt", [emit("Add", [mean, guard], `${result}.guarded`)], `${result}.root`);
  emit("Mul", [emit("Mul", [x, emit("Reciprocal", [root], inverse)], `${result}.normal`), scale], result);
  return protos;
}

/**
 * Attention in one, whose result waits until an element of each output that nothing else reads was looked at, whatever it is: ONNX Runtime
 * keeps until the run ends what nothing reads, which would be the probabilities of all layers.
 * @param unread Names of those outputs, of four axes.
 */
export function causalAttentionNodes(
  node: OperationNode,
  inputs: readonly string[],
  [result = "", ...others]: readonly string[],
  unread: readonly string[],
): NodeProto[] {
  if (unread.length === 0) return [causalAttentionNode(node, inputs, [result, ...others])];
  const made = `${result}.made`;
  const { protos, emit } = nodeList();
  protos.push(causalAttentionNode(node, inputs, [made, ...others]));
  const corner = (name: string, each: number): string =>
    emit("Constant", [], `${result}.${name}`, { value_ints: { ints: [each, each, each, each] } });
  const [starts, ends] = [corner("starts", 0), corner("ends", 1)];
  const seen = unread.map((name) => {
    const element = emit("ReduceMax", [emit("Slice", [name, starts, ends], `${name}.first`)], `${name}.element`, {
      keepdims: { int: 0 },
    });
    return emit("LessOrEqual", [element, element], `${name}.seen`);
  });
  const all = seen.reduce((left, right) => emit("And", [left, right], `${right}.too`));
  emit("Where", [all, made, made], result);
  return protos;
}

/** ONNX Runtime's attention, of which ours is the case of one head of keys for each of queries and nothing before the first token. */
function causalAttentionNode(
  node: OperationNode,
  [joint = "", last = "", total = ""]: readonly string[],
  outputs: readonly string[],
): NodeProto {
  const { heads, scale } = causalAttentionAttributes(node);
  // The third output but one is what the scores are after the softmax.
  const attributes = { num_heads: heads, kv_num_heads: heads, qk_output: 2 };
  const numbers = Object.entries(attributes).map(([name, int]) => [name, { int }] as const);
  return {
    op: "GroupQueryAttention",
    domain: "com.microsoft",
    inputs: [joint, "", "", "", "", last, total],
    outputs,
    attributes: { ...Object.fromEntries(numbers), scale: { float: scale } },
  };
}

/** A product with transposes and a factor: Transpose, MatMul, Mul. */
export function plainMatMul(node: OperationNode, inputs: readonly string[], outputs: readonly string[]): NodeProto[] {
  const { transposeA, transposeB, scale } = productOptions(node.attributes);
  const [result = ""] = outputs;
  const { protos, emit } = nodeList();
  const [a = "", b = ""] = inputs.map((operand, side) => {
    const rank = node.inputs[side]?.shape.length ?? 0;
    if (!(side === 0 ? transposeA : transposeB)) return operand;
    const permutation = Array.from({ length: rank }, (_, axis) => axis);
    permutation.push(...permutation.splice(-2).reverse());
    return emit("Transpose", [operand], `${result}.operand${side}`, { perm: { ints: permutation } });
  });
  if (scale === 1) {
    emit("MatMul", [a, b], result);
    return protos;
  }
  const single = emit("Constant", [], `${result}.scale`, { value_float: { float: scale } });
  const isHalf = node.outputs[0]?.type === "float16";
  const factor = isHalf ? emit("Cast", [single], `${result}.factor`, { to: { int: 10 } }) : single;
  emit("Mul", [emit("MatMul", [a, b], `${result}.product`), factor], result);
  return protos;
}

/**
 * A product of float16 that is computed in float32 and rounded. The processor's provider has no kernel for it on all processors; without one
 * the runtime casts by itself, and then leaves out the rounding on the way.
 */
export function widenedProduct(product: NodeProto): readonly NodeProto[] {
  const [result = ""] = product.outputs;
  const { protos, emit } = nodeList();
  const inputs = product.inputs.map((operand, side) =>
    emit("Cast", [operand], `${result}.operand${side}`, { to: { int: 1 } }),
  );
  protos.push({ ...product, inputs, outputs: [`${result}.wide`] });
  emit("Cast", [`${result}.wide`], result, { to: { int: 10 } });
  return protos;
}

/** Whether a sum is over all of a matrix, and keeps its axes. */
export function isOfMatrix({ inputs: [x], outputs: [y] }: OperationNode): boolean {
  return x?.shape.length === 2 && y?.shape.join() === "1,1" && x.shape[0] !== 1 && x.shape[1] !== 1;
}

/** The sum of a matrix, rows first: the WebGPU provider has one group of threads for each number of a result. */
export function sumOfRows(
  { attributes }: OperationNode,
  [x = ""]: readonly string[],
  [result = ""]: readonly string[],
): NodeProto[] {
  const { protos, emit } = nodeList();
  const axis = (name: string, at: number): string =>
    emit("Constant", [], `${result}.${name}`, { value_ints: { ints: [at] } });
  const rows = emit("ReduceSum", [x, axis("columns", 1)], `${result}.rows`, attributes);
  emit("ReduceSum", [rows, axis("first", 0)], result, attributes);
  return protos;
}

/** A product whose right operand is read transposed: the WebGPU provider's kernel is several times slower at that than a copy costs. */
export function untransposedGemm(
  node: OperationNode,
  [a = "", b = "", ...bias]: readonly string[],
  [result = ""]: readonly string[],
): NodeProto[] {
  const { protos, emit } = nodeList();
  const { transB: _, ...attributes } = node.attributes;
  const turned = emit("Transpose", [b], `${result}.operand1`, { perm: { ints: [1, 0] } });
  emit("Gemm", [a, turned, ...bias], result, attributes);
  return protos;
}

/**
 * The loss of a classifier: log p = z - log(sum(e^z)) with z = logits - max(logits), then minus the label's, or 0 where the label is -1.
 */
export function plainCrossEntropy(
  node: OperationNode,
  [logits = "", labels = ""]: readonly string[],
  [result = "", logProbabilities = `${result}.logProbabilities`]: readonly string[],
): NodeProto[] {
  const { protos, emit } = nodeList();
  const integer = node.inputs[1]?.type === "int64" ? 7 : 6;
  const last = emit("Constant", [], `${result}.last`, { value_ints: { ints: [-1] } });
  const zero = emit("Constant", [], `${result}.zero`, { value_int: { int: 0 } });
  const first = emit("Cast", [zero], `${result}.first`, { to: { int: integer } });
  const greatest = emit("ReduceMax", [logits, last], `${result}.greatest`, { keepdims: { int: 1 } });
  const shifted = emit("Sub", [logits, greatest], `${result}.shifted`);
  const sum = emit("ReduceSum", [emit("Exp", [shifted], `${result}.powers`), last], `${result}.sum`, {
    keepdims: { int: 1 },
  });
  emit("Sub", [shifted, emit("Log", [sum], `${result}.logarithm`)], logProbabilities);
  const index = emit("Unsqueeze", [emit("Max", [labels, first], `${result}.label`), last], `${result}.index`);
  const chosen = emit("GatherElements", [logProbabilities, index], `${result}.chosen`, { axis: { int: -1 } });
  const counted = emit("GreaterOrEqual", [labels, first], `${result}.counted`);
  const weight = emit("Cast", [counted], `${result}.weight`, { to: { int: 1 } });
  const loss = emit("Neg", [emit("Squeeze", [chosen, last], `${result}.found`)], `${result}.loss`);
  emit("Mul", [loss, weight], result);
  return protos;
}

/**
 * A tensor cut into parts, each for itself: one kernel with all parts would bind more buffers than WebGPU promises. There are no slices of
 * integers there; their elements are gathered.
 */
export function plainSplit(node: OperationNode, [x = ""]: readonly string[], outputs: readonly string[]): NodeProto[] {
  const { protos, emit } = nodeList();
  const axis = intOf(node.attributes, "axis");
  const at = emit("Constant", [], `${outputs[0]}.axis`, { value_ints: { ints: [axis] } });
  let start = 0;
  node.outputs.forEach(({ shape }, index) => {
    const [name = "", size = 0] = [outputs[index], shape[axis]];
    const end = start + Number(size);
    if (node.inputs[0]?.type === "int32") {
      const places = Array.from({ length: Number(size) }, (__, place) => start + place);
      const wide = emit("Constant", [], `${name}.wide`, { value_ints: { ints: places } });
      emit("Gather", [x, emit("Cast", [wide], `${name}.places`, { to: { int: 6 } })], name, { axis: { int: axis } });
    } else {
      const from = emit("Constant", [], `${name}.from`, { value_ints: { ints: [start] } });
      const to = emit("Constant", [], `${name}.to`, { value_ints: { ints: [end] } });
      emit("Slice", [x, from, to, at], name);
    }
    start = end;
  });
  return protos;
}
