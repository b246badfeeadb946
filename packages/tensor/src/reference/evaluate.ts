/**
 * The float64 interpreter: evaluates a graph without ONNX Runtime. It is the reference for both the written models and the
 * gradients, and far too slow for anything else.
 */
import { topologicalOrder, type Tensor } from "../graph.ts";
import { staticShape } from "../shape.ts";
import type { ReferenceArray } from "./array.ts";
import { REFERENCE_KERNELS } from "./kernels.ts";

/**
 * Computes tensors.
 * @param outputs What to compute.
 * @param feeds A value for each input the outputs need, by name.
 * @returns One array an output.
 * @throws {RangeError} If a feed is missing.
 */
export function evaluate(
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, ReferenceArray>>,
): readonly ReferenceArray[] {
  const values = new Map<Tensor, ReferenceArray>();
  const valueOf = (tensor: Tensor): ReferenceArray => {
    const value = values.get(tensor);
    if (value === undefined) throw new RangeError("evaluate: an operand was not computed");
    return value;
  };
  for (const node of topologicalOrder(outputs)) {
    let results: readonly ReferenceArray[];
    if (node.kind === "input") {
      const feed = feeds[node.name];
      if (feed === undefined) throw new RangeError(`evaluate: found no feed for the input "${node.name}"`);
      results = [feed];
    } else if (node.kind === "constant") {
      const data = Float64Array.from(node.data, Number);
      results = node.outputs.map(({ shape }) => ({ data, shape: staticShape(shape, "evaluate") }));
    } else {
      const [output] = node.outputs;
      results = REFERENCE_KERNELS[node.op](node.inputs.map(valueOf), node.attributes, output?.type ?? "float32");
    }
    node.outputs.forEach((tensor, index) => {
      const result = results[index];
      if (result !== undefined) values.set(tensor, result);
    });
  }
  return outputs.map(valueOf);
}
