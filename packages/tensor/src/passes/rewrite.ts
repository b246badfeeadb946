import { readingAnew, topologicalOrder, type OperationNode, type Tensor } from "../graph.ts";

/** What stands for a tensor after what it is made of was rewritten. */
export type Written = (tensor: Tensor) => Tensor;

/**
 * Rewrites tensors and all that they are made of.
 * @param replace Gives what stands for the outputs of a node, or undefined to keep the operation.
 */
export function rewrite(
  outputs: readonly Tensor[],
  replace: (node: OperationNode, of: Written) => readonly Tensor[] | undefined,
): Tensor[] {
  const written = new Map<Tensor, Tensor>();
  const of: Written = (tensor) => written.get(tensor) ?? tensor;
  for (const node of topologicalOrder(outputs)) {
    if (node.kind !== "operation") continue;
    const results = replace(node, of) ?? readingAnew(node, node.inputs.map(of));
    node.outputs.forEach((output, index) => written.set(output, results[index] ?? output));
  }
  return outputs.map(of);
}
