/** Writes a graph as an ONNX model (opset 20), the same bytes for the same program. */
import { productOptions } from "./operations/matrix.ts";
import { topologicalOrder, type Attributes, type Node, type OperationNode, type Tensor } from "./graph.ts";
import { nodeMessage, tensorMessage, valueInfoMessage, type NodeProto } from "./onnx_messages.ts";
import { MessageWriter } from "./protobuf.ts";

const IR_VERSION = 9;
const OPSET = 20;

/** What a model takes and gives. */
export interface ModelDefinition {
  /** Name of the graph in the file. */
  readonly name: string;
  /** Inputs in the order of the model's signature; ones the outputs do not need are declared all the same. */
  readonly inputs: readonly Tensor[];
  /** Outputs by name, in the order of the keys. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /**
   * `onnxruntime` (default) keeps products with transposes whole as ONNX Runtime's FusedMatMul, which its CPU and CUDA providers have;
   * `standard` uses nothing but the standard operators, for any other runtime.
   */
  readonly dialect?: "onnxruntime" | "standard";
}

/**
 * Writes the model. Only what the outputs need is written.
 * @returns A ModelProto.
 * @throws {RangeError} If a name is used twice, the outputs need an input that is not listed, the dialect lacks an operation, or the model
 *   exceeds 2 GiB.
 */
export function onnxModel({ name, inputs, outputs, dialect = "onnxruntime" }: ModelDefinition): Uint8Array {
  const order = topologicalOrder(Object.values(outputs));
  const names = nameValues(order, inputs, outputs);
  const nameOf = (tensor: Tensor): string => names.get(tensor) ?? "";

  const graph = new MessageWriter();
  const initializers = new MessageWriter();
  for (const node of order) {
    if (node.kind === "operation") {
      for (const proto of lower(node, nameOf, dialect)) graph.message(1, nodeMessage(proto));
    } else if (node.kind === "constant") {
      for (const tensor of node.outputs) initializers.message(5, tensorMessage(nameOf(tensor), tensor, node.data));
    }
  }
  for (const [alias, tensor] of Object.entries(outputs)) {
    if (nameOf(tensor) === alias) continue;
    graph.message(
      1,
      nodeMessage({ op: "Identity", domain: "", inputs: [nameOf(tensor)], outputs: [alias], attributes: {} }),
    );
  }
  graph.string(2, name).append(initializers);
  for (const tensor of inputs) graph.message(11, valueInfoMessage(nameOf(tensor), tensor));
  for (const [alias, tensor] of Object.entries(outputs)) graph.message(12, valueInfoMessage(alias, tensor));

  const model = new MessageWriter().integer(1, IR_VERSION).string(2, "millrace").message(7, graph);
  model.message(8, new MessageWriter().string(1, "").integer(2, OPSET));
  if (dialect === "onnxruntime") model.message(8, new MessageWriter().string(1, "com.microsoft").integer(2, 1));
  return model.finish();
}

/** Names every value once. An output takes its own name unless that value already has one (Identity makes up for those). */
function nameValues(
  order: readonly Node[],
  inputs: readonly Tensor[],
  outputs: Readonly<Record<string, Tensor>>,
): Map<Tensor, string> {
  const names = new Map<Tensor, string>();
  const taken = new Set<string>();
  const take = (tensor: Tensor, name: string): void => {
    if (taken.has(name)) throw new RangeError(`onnxModel: found two values named "${name}", wanted unique names`);
    taken.add(name);
    names.set(tensor, name);
  };
  for (const tensor of inputs) {
    if (tensor.node.kind !== "input") throw new TypeError("onnxModel: found a computed tensor among the inputs");
    take(tensor, tensor.node.name);
  }
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.node.kind === "operation" && !names.has(tensor)) take(tensor, name);
    else if (taken.has(name)) throw new RangeError(`onnxModel: found two values named "${name}", wanted unique names`);
    else taken.add(name);
  }
  const used = new Set(order.flatMap((node) => (node.kind === "operation" ? node.inputs : [])));
  order.forEach((node, position) => {
    for (const tensor of node.outputs) {
      if (names.has(tensor)) continue;
      if (node.kind === "input") {
        throw new RangeError(`onnxModel: the outputs need the input "${node.name}", which is not listed`);
      }
      const own = node.kind === "constant" ? node.name : undefined;
      // Optional outputs (statistics, log-probabilities) that nobody reads stay unnamed, so kernels need not keep them.
      const optional = node.kind === "operation" && node.op !== "Split" && tensor.index > 0;
      if (optional && !used.has(tensor)) continue;
      take(tensor, own ?? `_${position}.${tensor.index}`);
    }
  });
  return names;
}

function lower(
  node: OperationNode,
  nameOf: (tensor: Tensor) => string,
  dialect: "onnxruntime" | "standard",
): readonly NodeProto[] {
  const inputs = node.inputs.map(nameOf);
  const outputs = node.outputs.map(nameOf);
  while (outputs.at(-1) === "") outputs.pop();
  const plain = { op: node.op, domain: "", inputs, outputs, attributes: node.attributes };
  if (node.op === "MatMulNBits") {
    if (dialect === "onnxruntime") return [{ ...plain, domain: "com.microsoft" }];
    throw new RangeError("onnxModel: found a quantised product, which the standard operators do not have");
  }
  if (node.op === "RMSNormalization") {
    // ONNX Runtime keeps its own operator of this meaning in the standard domain.
    if (dialect === "onnxruntime") return [{ ...plain, op: "SimplifiedLayerNormalization" }];
    return standardRmsNormalization(node, inputs, outputs);
  }
  if (node.op !== "MatMul" || Object.keys(node.attributes).length === 0) return [plain];
  if (dialect === "onnxruntime") return [{ ...plain, op: "FusedMatMul", domain: "com.microsoft" }];
  return standardMatMul(node, inputs, outputs);
}

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

/** The norm spelt out: x times the reciprocal of sqrt(mean(x^2) + epsilon), times the scale. */
function standardRmsNormalization(
  node: OperationNode,
  [x = "", scale = ""]: readonly string[],
  [result = "", inverse = `${result}.inverse`]: readonly string[],
): NodeProto[] {
  const { protos, emit } = nodeList();
  const { epsilon } = node.attributes;
  if (epsilon === undefined || !("float" in epsilon)) {
    throw new TypeError(`writing the norm ${result}: found no epsilon, wanted a number`);
  }
  const guard = emit("Constant", [], `${result}.epsilon`, { value_float: epsilon });
  const last = emit("Constant", [], `${result}.axes`, { value_ints: { ints: [-1] } });
  const squares = emit("Mul", [x, x], `${result}.squares`);
  const mean = emit("ReduceMean", [squares, last], `${result}.mean`, { keepdims: { int: 1 } });
  const root = emit("Sqrt", [emit("Add", [mean, guard], `${result}.guarded`)], `${result}.root`);
  emit("Mul", [emit("Mul", [x, emit("Reciprocal", [root], inverse)], `${result}.normal`), scale], result);
  return protos;
}

/** A product with transposes and a factor, spelt out: Transpose, MatMul, Mul. */
function standardMatMul(node: OperationNode, inputs: readonly string[], outputs: readonly string[]): NodeProto[] {
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
  const factor = emit("Constant", [], `${result}.scale`, { value_float: { float: scale } });
  emit("Mul", [emit("MatMul", [a, b], `${result}.product`), factor], result);
  return protos;
}
