/**
 * Reverse-mode automatic differentiation. The backward pass is more graph, made of the same operations, so it runs wherever
 * the forward pass does and can be checked by the same reference.
 * @see Griewank and Walther 2008, "Evaluating Derivatives", chapter 3.
 */
import { constant, topologicalOrder, type Node, type Tensor } from "./graph.ts";
import { GRADIENT_RULES } from "./gradient_rules.ts";
import { add } from "./operations/elementwise.ts";
import { openReplay, type Recomputation } from "./passes/recompute.ts";
import { elementCount, formatShape, staticShape } from "./shape.ts";

/**
 * Builds the gradient of a loss.
 * @param loss float32 tensor with one element.
 * @param parameters Tensors to differentiate by, usually inputs.
 * @param recomputation What backward reads anew instead of from memory; the gradient is the same to the bit. Default: nothing.
 * @returns One tensor a parameter, of the parameter's shape.
 * @throws {RangeError} If the loss has more than one element or does not depend on a parameter.
 * @throws {TypeError} If an operation between them has no gradient rule.
 */
export function gradients(loss: Tensor, parameters: readonly Tensor[], recomputation?: Recomputation): Tensor[] {
  const lossShape = staticShape(loss.shape, "gradients");
  if (elementCount(lossShape) !== 1) {
    throw new RangeError(`gradients: found a loss of shape ${formatShape(lossShape)}, wanted one element`);
  }
  return pullback(loss, constant(Float32Array.of(1), lossShape), parameters, recomputation);
}

/**
 * Builds what a cotangent of a tensor, that is d loss / d tensor, becomes on the way back. With the tensor cut out of a larger
 * program it goes on where the gradient of that program's later part has ended.
 * @param output Tensor of any static shape.
 * @param cotangent Of the shape of `output`.
 * @param parameters Tensors to differentiate by.
 * @param recomputation As for `gradients`.
 * @returns One tensor a parameter, of the parameter's shape.
 * @throws {RangeError} If the output does not depend on a parameter.
 * @throws {TypeError} If an operation between them has no gradient rule.
 */
export function pullback(
  output: Tensor,
  cotangent: Tensor,
  parameters: readonly Tensor[],
  recomputation?: Recomputation,
): Tensor[] {
  const order = topologicalOrder([output]);
  const active = nodesThatDependOn(order, parameters);
  const cotangents = new Map<Tensor, Tensor>([[output, cotangent]]);
  const replay = recomputation && openReplay(order, recomputation);
  for (const node of order.reverse()) {
    if (node.kind !== "operation" || !active.has(node)) continue;
    const received = node.outputs.map((output) => cotangents.get(output));
    if (received.every((cotangent) => cotangent === undefined)) continue;
    const rule = GRADIENT_RULES[node.op];
    if (rule === undefined) throw new TypeError(`gradients: ${node.op} has no gradient rule`);
    const sent = rule(replay?.(node, received) ?? node, received);
    node.inputs.forEach((operand, position) => {
      const cotangent = sent[position];
      if (cotangent === undefined || !active.has(operand.node)) return;
      const sum = cotangents.get(operand);
      cotangents.set(operand, sum === undefined ? cotangent : add(sum, cotangent));
    });
  }
  return parameters.map((parameter) => {
    const gradient = cotangents.get(parameter);
    if (gradient !== undefined) return gradient;
    const name = parameter.node.kind === "input" ? `"${parameter.node.name}"` : "a computed tensor";
    throw new RangeError(`gradients: the loss does not depend on ${name}`);
  });
}

function nodesThatDependOn(order: readonly Node[], tensors: readonly Tensor[]): Set<Node> {
  const active = new Set(tensors.map((tensor) => tensor.node));
  for (const node of order) {
    if (node.kind === "operation" && node.inputs.some((operand) => active.has(operand.node))) active.add(node);
  }
  return active;
}
