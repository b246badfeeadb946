import { topologicalOrder, type Tensor } from "../graph.ts";

/** How many operations and constants tensors are made of. */
export function operationCounts(outputs: readonly Tensor[]): {
  readonly operations: number;
  readonly constants: number;
} {
  const kinds = topologicalOrder(outputs).map(({ kind }) => kind);
  const count = (kind: string): number => kinds.filter((each) => each === kind).length;
  return { operations: count("operation"), constants: count("constant") };
}
