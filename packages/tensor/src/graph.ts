/**
 * The graph itself: immutable tensors that know the node they come from. There is no graph object; whatever is reachable
 * from the outputs asked for is the graph, so dead code cannot be emitted. Operations carry ONNX names and attributes
 * (opset 20), with three exceptions: `MatMul` may carry transposes and a factor, and `RMSNormalization` is of a later opset; the writer lowers
 * both (see onnx.ts). `MatMulNBits` and `CausalAttention` are ONNX Runtime's own.
 */
import { elementCount, formatShape, type Shape } from "./shape.ts";

/** Element types this package can compute with. */
export type DataType = "float32" | "float16" | "int32" | "int64" | "uint32" | "uint8" | "bool";

/** Elements of a constant in row-major order. */
export type ConstantData = Float32Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array;

/** Attribute of an operation, tagged with its ONNX type. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

export type Attributes = Readonly<Record<string, Attribute>>;

export type OperationName =
  | "Add"
  | "And"
  | "BitShift"
  | "BitwiseXor"
  | "Cast"
  | "CausalAttention"
  | "Concat"
  | "Div"
  | "Erf"
  | "Exp"
  | "Expand"
  | "Gather"
  | "Gelu"
  | "Gemm"
  | "GreaterOrEqual"
  | "LayerNormalization"
  | "LessOrEqual"
  | "MatMul"
  | "MatMulNBits"
  | "Max"
  | "Min"
  | "Mul"
  | "RMSNormalization"
  | "Range"
  | "ReduceMean"
  | "ReduceSum"
  | "Relu"
  | "Reshape"
  | "ScatterElements"
  | "Shape"
  | "Sigmoid"
  | "Slice"
  | "Softmax"
  | "SoftmaxCrossEntropyLoss"
  | "Split"
  | "Sqrt"
  | "Sub"
  | "Tanh"
  | "Transpose"
  | "Where";

export interface InputNode {
  readonly kind: "input";
  readonly name: string;
  readonly outputs: readonly Tensor[];
}

export interface ConstantNode {
  readonly kind: "constant";
  /** Given for weights, whose names users see; the writer names the others. */
  readonly name: string | undefined;
  readonly data: ConstantData;
  readonly outputs: readonly Tensor[];
}

export interface OperationNode {
  readonly kind: "operation";
  readonly op: OperationName;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

export type Node = InputNode | ConstantNode | OperationNode;

/** A value in a graph. Two tensors are the same value only if they are the same object. */
export interface Tensor {
  readonly type: DataType;
  readonly shape: Shape;
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
}

/** Type and shape of a value to be made. */
export interface TensorSpec {
  readonly type: DataType;
  readonly shape: Shape;
}

/**
 * Declares a value that is fed at run time.
 * @param name Its name in the ONNX model.
 * @param type Element type.
 * @param shape Extents; strings become dynamic axes.
 */
export function input(name: string, type: DataType, shape: Shape): Tensor {
  const outputs: Tensor[] = [];
  const node: InputNode = { kind: "input", name, outputs };
  const tensor: Tensor = { type, shape, node, index: 0 };
  outputs.push(tensor);
  return tensor;
}

/**
 * Makes a constant, stored in the model as an initializer.
 * @param data Elements, row-major; not copied, so it must not change until the model is written. The array's class decides the
 *   type: Float32Array, Int32Array, Uint32Array, BigInt64Array (int64), Uint8Array.
 * @param shape Static extents.
 * @param name Name of the initializer; without one the writer makes one.
 * @throws {RangeError} If the number of elements does not match the shape.
 */
export function constant(data: ConstantData, shape: readonly number[], name?: string): Tensor {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `constant ${name ?? ""}: found ${data.length} elements, wanted ${elementCount(shape)} for ${formatShape(shape)}`,
    );
  }
  const outputs: Tensor[] = [];
  const node: ConstantNode = { kind: "constant", name, data, outputs };
  const tensor: Tensor = { type: typeOfData(data), shape, node, index: 0 };
  outputs.push(tensor);
  return tensor;
}

/** Makes a float32 constant without axes. */
export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}

/** Makes a one-axis int64 constant, the form in which ONNX takes axes, extents and split sizes. */
export function integers(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values, BigInt), [values.length]);
}

/** Adds an operation with one output. Callers have checked the operands and worked out the result's type and shape. */
export function operation(
  op: OperationName,
  inputs: readonly Tensor[],
  result: TensorSpec,
  attributes: Attributes = {},
): Tensor {
  return first(operationWithOutputs(op, inputs, [result], attributes));
}

/** Adds an operation with several outputs. */
export function operationWithOutputs(
  op: OperationName,
  inputs: readonly Tensor[],
  results: readonly TensorSpec[],
  attributes: Attributes = {},
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: OperationNode = { kind: "operation", op, inputs, attributes, outputs };
  results.forEach((result, index) => outputs.push({ ...result, node, index }));
  return outputs;
}

/** The outputs of a node over other operands; its own where they are the same. */
export function readingAnew(node: OperationNode, inputs: readonly Tensor[]): readonly Tensor[] {
  if (inputs.every((operand, index) => operand === node.inputs[index])) return node.outputs;
  return operationWithOutputs(node.op, inputs, node.outputs, node.attributes);
}

/** The first element of a list that cannot be empty. */
export function first<T>(list: readonly T[]): T {
  const [head] = list;
  if (head === undefined) throw new RangeError("first: found an empty list");
  return head;
}

/**
 * Lists every node reachable from the given tensors, operands before users. The order depends on the graph alone (depth
 * first, operands from left to right), so the same program always gives the same bytes.
 */
export function topologicalOrder(outputs: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: a deep model would overflow the call stack.
  const stack: { node: Node; next: number }[] = [];
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    visit(output.node);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const operand = top.node.kind === "operation" ? top.node.inputs[top.next++] : undefined;
      if (operand !== undefined) {
        visit(operand.node);
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/**
 * The order in which the way to an output first reads tensors; those it does not read come last.
 * @returns Indices of the tensors.
 */
export function readingOrder(output: Tensor, tensors: readonly Tensor[]): number[] {
  const places = new Map(topologicalOrder([output]).map((node, place) => [node, place]));
  const placeOf = (index: number): number => places.get(tensors[index]!.node) ?? places.size;
  return [...tensors.keys()].sort((a, b) => placeOf(a) - placeOf(b));
}

function typeOfData(data: ConstantData): DataType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  return data instanceof BigInt64Array ? "int64" : "uint8";
}
