/**
 * Common subexpressions: what is computed alike of the same operands is computed once, and equal small constants are stored once. Rules of
 * differentiation may then ask for what the way there or another rule has already made.
 * @see Aho et al. 2006, "Compilers: Principles, Techniques, and Tools", section 8.5, value numbers.
 */
import { readingAnew, topologicalOrder, type Node, type Tensor } from "../graph.ts";

/** Bytes of a constant up to which it is compared with others; larger ones are made once by whoever needs them. */
const COMPARED_BYTES = 4096;

/** Rewrites tensors and all that they are made of. No bit of them changes. */
export function withoutRepeats(outputs: readonly Tensor[]): Tensor[] {
  const numbers = new Map<Tensor, number>();
  const stands = new Map<Tensor, Tensor>();
  const known = new Map<string, readonly Tensor[]>();
  const of = (tensor: Tensor): Tensor => stands.get(tensor) ?? tensor;
  for (const node of topologicalOrder(outputs)) {
    const key = keyOf(node, (operand) => numbers.get(of(operand)));
    const found = key === undefined ? undefined : known.get(key);
    const results = found ?? (node.kind === "operation" ? readingAnew(node, node.inputs.map(of)) : node.outputs);
    node.outputs.forEach((output, index) => stands.set(output, results[index] ?? output));
    if (found !== undefined) continue;
    if (key !== undefined) known.set(key, results);
    for (const result of results) numbers.set(result, numbers.size);
  }
  return outputs.map(of);
}

/** What nodes that give the same have in common; undefined for one that no other is to stand for. */
function keyOf(node: Node, numberOf: (operand: Tensor) => number | undefined): string | undefined {
  const results = node.outputs.map(({ type, shape }) => [type, shape]);
  if (node.kind === "operation") {
    return JSON.stringify([node.op, node.inputs.map(numberOf), node.attributes, results], exactly);
  }
  if (node.kind === "input" || node.name !== undefined || node.data.byteLength > COMPARED_BYTES) return undefined;
  const { buffer, byteOffset, byteLength } = node.data;
  return JSON.stringify([new Uint8Array(buffer, byteOffset, byteLength).join(), results]);
}

/** JSON writes -0 as 0, and as null what is not finite. */
function exactly(_: string, value: unknown): unknown {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
