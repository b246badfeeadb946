/**
 * The messages of an ONNX model file, as far as we use them; the numbers are field numbers of onnx.proto.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import type { Attribute, Attributes, ConstantData, DataType, Tensor } from "./graph.ts";
import { MessageWriter } from "./protobuf.ts";
import { staticShape } from "./shape.ts";

const ELEMENT_TYPE: Readonly<Record<DataType, number>> = {
  float32: 1,
  float16: 10,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
};

/** One node of the file: value names in, value names out; an empty name stands for an absent optional value. */
export interface NodeProto {
  readonly op: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** Writes a NodeProto, named after its first output. */
export function nodeMessage(node: NodeProto): MessageWriter {
  const message = new MessageWriter();
  for (const name of node.inputs) message.string(1, name);
  for (const name of node.outputs) message.string(2, name);
  message.string(3, `${node.op}:${node.outputs[0] ?? ""}`).string(4, node.op);
  // Sorted, so that the order in which attributes were written down does not reach the bytes.
  for (const name of Object.keys(node.attributes).sort()) {
    const attribute = node.attributes[name];
    if (attribute !== undefined) message.message(5, attributeMessage(name, attribute));
  }
  return node.domain === "" ? message : message.string(7, node.domain);
}

/** Writes a TensorProto holding the elements of a constant. */
export function tensorMessage(name: string, tensor: Tensor, data: ConstantData): MessageWriter {
  const message = new MessageWriter();
  for (const extent of staticShape(tensor.shape, `initializer ${name}`)) message.integer(1, extent);
  return message
    .integer(2, ELEMENT_TYPE[tensor.type])
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Writes a ValueInfoProto: name, element type and extents of an input or output. */
export function valueInfoMessage(name: string, tensor: Tensor): MessageWriter {
  const shape = new MessageWriter();
  for (const dimension of tensor.shape) {
    const extent = new MessageWriter();
    shape.message(1, typeof dimension === "number" ? extent.integer(1, dimension) : extent.string(2, dimension));
  }
  const tensorType = new MessageWriter().integer(1, ELEMENT_TYPE[tensor.type]).message(2, shape);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensorType));
}

function attributeMessage(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).integer(20, 1);
  if ("int" in attribute) return message.integer(3, attribute.int).integer(20, 2);
  if ("string" in attribute) return message.string(4, attribute.string).integer(20, 3);
  for (const value of attribute.ints) message.integer(8, value);
  return message.integer(20, 7);
}
