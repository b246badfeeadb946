/**
 * Recomputation: backward reads values of the forward pass that were computed again from a few kept ones, so that what lies between
 * these need not stay in memory.
 * @see Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
 */
import {
  constant,
  operationWithOutputs,
  scalar,
  topologicalOrder,
  type Node,
  type OperationNode,
  type Tensor,
} from "../graph.ts";
import { lessOrEqual, where } from "../operations/elementwise.ts";
import { gather } from "../operations/indexing.ts";
import { reshape } from "../operations/layout.ts";
import { elementCount, staticShape } from "../shape.ts";

/** What is kept, and so what can be computed again. */
export interface Recomputation {
  /**
   * Kept values, each made of the one before it. What lies between two of them is computed again; what comes before the first or after
   * the last is kept as well, and so is a value that a later segment reads although it is no boundary.
   */
  readonly boundaries: readonly Tensor[];
  /** Inputs of which segments make large values without a boundary, such as what dropout draws; those values are made again too. */
  readonly sources: readonly Tensor[];
}

/**
 * Bytes that a way back holds of the way there: everything that was computed on the way to the loss and is read again afterwards.
 * Reshaped values are the ones they were made of.
 */
export function heldBytes(loss: Tensor, found: readonly Tensor[]): number {
  const forward = new Set(topologicalOrder([loss]));
  const held = new Set<Tensor>();
  for (const node of topologicalOrder(found)) {
    if (node.kind !== "operation" || forward.has(node)) continue;
    for (const operand of node.inputs) {
      const value = unshaped(operand);
      if (value.node.kind === "operation" && forward.has(value.node)) held.add(value);
    }
  }
  return [...held].reduce((sum, { shape }) => sum + 4 * elementCount(staticShape(shape, "held values")), 0);
}

function unshaped(tensor: Tensor): Tensor {
  const { node } = tensor;
  const operand = node.kind === "operation" && node.op === "Reshape" ? node.inputs[0] : undefined;
  return operand === undefined ? tensor : unshaped(operand);
}

/** Gives the node that a gradient rule is to read in place of a node of the forward pass, given the cotangents of its outputs. */
export type Replay = (node: OperationNode, cotangents: readonly (Tensor | undefined)[]) => OperationNode;

/**
 * Prepares recomputation.
 * @param order Nodes of the forward pass, operands before users. `Replay` wants them from the last to the first.
 */
export function openReplay(order: readonly Node[], { boundaries, sources }: Recomputation): Replay {
  const { segmentOf, drawn } = segments(order, boundaries, sources);
  let current = 0;
  let copy: ((node: OperationNode) => OperationNode) | undefined;
  return (node, cotangents) => {
    const segment = segmentOf.get(node) ?? 0;
    if (segment === 0 || segment === boundaries.length) return node;
    if (segment !== current) {
      const arriving = cotangents.find((cotangent) => cotangent !== undefined);
      if (arriving === undefined) return node;
      current = segment;
      const starts = new Set([boundaries[segment - 1]!, ...sources]);
      const isAgain = (operand: Tensor): boolean => segmentOf.get(operand.node) === segment || drawn.has(operand.node);
      copy = copies(starts, isAgain, gateOf(arriving));
    }
    return copy?.(node) ?? node;
  };
}

/** The segment of each node, which is the number of boundaries before it, and the nodes that depend on a source but on no boundary. */
function segments(
  order: readonly Node[],
  boundaries: readonly Tensor[],
  sources: readonly Tensor[],
): { segmentOf: ReadonlyMap<Node, number>; drawn: ReadonlySet<Node> } {
  const [segmentOf, drawn] = [new Map<Node, number>(), new Set(sources.map(({ node }) => node))];
  for (const node of order) {
    if (node.kind !== "operation") continue;
    const behind = node.inputs.map((operand) => {
      const boundary = boundaries.indexOf(operand);
      return boundary >= 0 ? boundary + 1 : (segmentOf.get(operand.node) ?? 0);
    });
    const segment = Math.max(...behind, 0);
    segmentOf.set(node, segment);
    if (segment === 0 && node.inputs.some((operand) => drawn.has(operand.node))) drawn.add(node);
  }
  return { segmentOf, drawn };
}

/** Copies nodes of one segment, and of their operands those that are to be made again, each once. */
function copies(
  starts: ReadonlySet<Tensor>,
  isAgain: (operand: Tensor) => boolean,
  gate: (tensor: Tensor) => Tensor,
): (node: OperationNode) => OperationNode {
  const made = new Map<OperationNode, OperationNode>();
  const gated = new Map<Tensor, Tensor>();
  const operandOf = (operand: Tensor): Tensor => {
    if (starts.has(operand)) {
      const held = gated.get(operand) ?? gate(operand);
      gated.set(operand, held);
      return held;
    }
    if (operand.node.kind !== "operation" || !isAgain(operand)) return operand;
    return copyOf(operand.node).outputs[operand.index] ?? operand;
  };
  const copyOf = (node: OperationNode): OperationNode => {
    const known = made.get(node);
    if (known !== undefined) return known;
    const [output] = operationWithOutputs(node.op, node.inputs.map(operandOf), node.outputs, node.attributes);
    const copied = output?.node.kind === "operation" ? output.node : node;
    made.set(node, copied);
    return copied;
  };
  return copyOf;
}

/**
 * Holds tensors back until a cotangent is there. A runtime orders nodes by what they need: without this it might compute everything
 * again at once, and keep it. The condition chooses between a tensor and itself, which changes no bit and which no optimiser pass sees through.
 */
function gateOf(cotangent: Tensor): (tensor: Tensor) => Tensor {
  const flat = reshape(cotangent, [elementCount(staticShape(cotangent.shape, "recomputation"))]);
  const isThere = lessOrEqual(gather(flat, constant(Int32Array.of(0), [])), scalar(0));
  return (tensor) => where(isThere, tensor, tensor);
}
