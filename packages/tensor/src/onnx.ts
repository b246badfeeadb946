/** Writes a graph as an ONNX model (opset 20), the same bytes for the same program. */
import { topologicalOrder, type Node, type OperationName, type OperationNode, type Tensor } from "./graph.ts";
import {
  causalAttentionNodes,
  plainCrossEntropy,
  plainMatMul,
  plainRmsNormalization,
  plainSplit,
  isOfMatrix,
  sumOfRows,
  untransposedGemm,
  widenedProduct,
} from "./lowering.ts";
import { nodeMessage, tensorMessage, valueInfoMessage, type NodeProto } from "./onnx_messages.ts";
import { withoutRepeats } from "./passes/common_subexpressions.ts";
import { MessageWriter } from "./protobuf.ts";

const IR_VERSION = 9;
const OPSET = 20;
/** Operations of which every output is written: without its probabilities, attention takes a kernel of twice the time. */
const KEEPS_ALL: ReadonlySet<OperationName> = new Set(["Split", "CausalAttention"]);

/**
 * Which operators a model is written in. `onnxruntime` keeps products with transposes whole as ONNX Runtime's FusedMatMul, which its CPU
 * and CUDA providers have; `standard` uses nothing but the standard operators, for any other runtime; `webgpu` uses those of the
 * standard operators for which ONNX Runtime's WebGPU provider has kernels.
 */
export type Dialect = "onnxruntime" | "standard" | "webgpu";

/** What a model takes and gives. */
export interface ModelDefinition {
  /** Name of the graph in the file. */
  readonly name: string;
  /** Inputs in the order of the model's signature; ones the outputs do not need are declared all the same. */
  readonly inputs: readonly Tensor[];
  /** Outputs by name, in the order of the keys. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Default: `onnxruntime`. */
  readonly dialect?: Dialect;
}

/**
 * Writes the model. Only what the outputs need is written, and what they need twice is written once.
 * @returns A ModelProto.
 * @throws {RangeError} If a name is used twice, the outputs need an input that is not listed, the dialect lacks an operation, or the model
 *   exceeds 2 GiB.
 */
export function onnxModel({ name, inputs, outputs: wanted, dialect = "onnxruntime" }: ModelDefinition): Uint8Array {
  const shared = withoutRepeats(Object.values(wanted));
  const outputs = Object.fromEntries(Object.keys(wanted).map((alias, index) => [alias, shared[index]!]));
  const order = topologicalOrder(shared);
  const read = new Set([...order.flatMap((node) => (node.kind === "operation" ? node.inputs : [])), ...shared]);
  const names = nameValues(order, inputs, outputs, read);
  const nameOf = (tensor: Tensor): string => names.get(tensor) ?? "";

  const graph = new MessageWriter();
  const initializers = new MessageWriter();
  for (const node of order) {
    if (node.kind === "operation") {
      for (const proto of lower(node, nameOf, dialect, read)) graph.message(1, nodeMessage(proto));
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
  read: ReadonlySet<Tensor>,
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
  order.forEach((node, position) => {
    for (const tensor of node.outputs) {
      if (names.has(tensor)) continue;
      if (node.kind === "input") {
        throw new RangeError(`onnxModel: the outputs need the input "${node.name}", which is not listed`);
      }
      const own = node.kind === "constant" ? node.name : undefined;
      // Optional outputs (statistics, log-probabilities) that nobody reads stay unnamed, so kernels need not keep them.
      const optional = node.kind === "operation" && !KEEPS_ALL.has(node.op) && tensor.index > 0;
      if (optional && !read.has(tensor)) continue;
      take(tensor, own ?? `_${position}.${tensor.index}`);
    }
  });
  return names;
}

function lower(
  node: OperationNode,
  nameOf: (tensor: Tensor) => string,
  dialect: Dialect,
  read: ReadonlySet<Tensor>,
): readonly NodeProto[] {
  const inputs = node.inputs.map(nameOf);
  const outputs = node.outputs.map(nameOf);
  while (outputs.at(-1) === "") outputs.pop();
  const plain = { op: node.op, domain: "", inputs, outputs, attributes: node.attributes };
  if (node.op === "MatMulNBits") {
    if (dialect === "onnxruntime") return [{ ...plain, domain: "com.microsoft" }];
    throw new RangeError("onnxModel: found a quantised product, which the standard operators do not have");
  }
  if (node.op === "CausalAttention") {
    const unread = node.outputs.flatMap((tensor, index) => (index > 0 && !read.has(tensor) ? [nameOf(tensor)] : []));
    if (dialect === "onnxruntime") return causalAttentionNodes(node, inputs, outputs, unread);
    throw new RangeError("onnxModel: found attention in one, which the standard operators do not have");
  }
  if (node.op === "RMSNormalization") {
    // ONNX Runtime keeps its own operator of this meaning in the standard domain.
    if (dialect === "onnxruntime") return [{ ...plain, op: "SimplifiedLayerNormalization" }];
    return plainRmsNormalization(node, inputs, outputs);
  }
  if (dialect === "webgpu") {
    if (node.op === "SoftmaxCrossEntropyLoss") return plainCrossEntropy(node, inputs, outputs);
    if (node.op === "Split") return plainSplit(node, inputs, outputs);
    if (node.op === "ReduceSum" && isOfMatrix(node)) return sumOfRows(node, inputs, outputs);
    if (node.op === "Gemm" && node.attributes["transB"] !== undefined) return untransposedGemm(node, inputs, outputs);
  }
  const isFused = node.op === "MatMul" && Object.keys(node.attributes).length > 0;
  const product = isFused ? { ...plain, op: "FusedMatMul", domain: "com.microsoft" } : plain;
  const isHalf = (node.op === "MatMul" || node.op === "Gemm") && node.outputs[0]?.type === "float16";
  if (dialect === "onnxruntime") return isHalf ? widenedProduct(product) : [product];
  if (!isFused) return [plain];
  return plainMatMul(node, inputs, outputs);
}
