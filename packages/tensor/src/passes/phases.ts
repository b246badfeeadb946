/**
 * A program cut into phases that run one after the other, so that what is wanted first is there before the rest is computed. Each value is
 * computed in the first phase that needs it; what a later one needs too is handed on.
 */
import { input, readingAnew, topologicalOrder, type Node, type Tensor } from "../graph.ts";
import { withoutRepeats } from "./common_subexpressions.ts";

/** A part of a program; it has no operation in common with the others but reshapes, which cost nothing. */
export interface Phase {
  /** What it is fed: inputs of the program, and what earlier phases hand on. */
  readonly inputs: readonly Tensor[];
  /** What it gives: its group of the program's outputs, then what it hands on, `handed.<n>`, under the names of the inputs that take it. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/**
 * Cuts a program. No bit of what it gives changes.
 * @param groups Outputs by name, those wanted first in the first group.
 * @returns A phase for each group.
 * @throws {RangeError} If a group wants what the phases before it make anyway.
 */
export function inPhases(groups: readonly Readonly<Record<string, Tensor>>[]): readonly Phase[] {
  const shared = withoutRepeats(groups.flatMap((group) => Object.values(group))).values();
  const wanted = groups.map((group) =>
    Object.fromEntries(Object.keys(group).map((name) => [name, shared.next().value!])),
  );
  const phaseOf = new Map<Node, number>();
  wanted.forEach((group, phase) => {
    for (const node of topologicalOrder(Object.values(group))) {
      if (!phaseOf.has(node)) phaseOf.set(node, phase);
    }
    const early = Object.keys(group).find((name) => phaseOf.get(group[name]!.node) !== phase);
    if (early !== undefined) throw new RangeError(`phases: found "${early}" in phase ${phase}, made by an earlier one`);
  });
  // What stands for a value in phases after the one that makes it.
  const standIns = new Map<Tensor, Tensor>();
  const within = wanted.map((group, phase) => {
    const isOwn = (node: Node): boolean => isMadeAnywhere(node) || phaseOf.get(node) === phase;
    const order = topologicalOrder(Object.values(group));
    const needed = new Set(Object.values(group).map(({ node }) => node));
    for (const node of order.toReversed()) {
      if (!needed.has(node) || node.kind !== "operation") continue;
      for (const operand of node.inputs) {
        if (isOwn(operand.node)) needed.add(operand.node);
        else if (!standIns.has(operand)) {
          standIns.set(operand, input(`handed.${standIns.size}`, operand.type, operand.shape));
        }
      }
    }
    return order.filter((node) => needed.has(node));
  });
  return wanted.map((group, phase) => {
    const made = [...standIns].filter(([{ node }]) => phaseOf.get(node) === phase);
    const written = new Map<Tensor, Tensor>();
    for (const node of within[phase]!) {
      if (node.kind !== "operation") continue;
      const results = readingAnew(
        node,
        node.inputs.map((operand) => written.get(operand) ?? standIns.get(operand) ?? operand),
      );
      node.outputs.forEach((output, index) => written.set(output, results[index]!));
    }
    const outputs = {
      ...group,
      ...Object.fromEntries(made.map(([tensor, standIn]) => [nameOf(standIn), tensor])),
    };
    const given = Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, written.get(tensor) ?? tensor]),
    );
    const inputs = topologicalOrder(Object.values(given)).flatMap(({ kind, outputs }) =>
      kind === "input" ? outputs : [],
    );
    return { inputs, outputs: given };
  });
}

/** Inputs and constants are there in every phase, and a reshape is no work: to hand on what it gives would copy it. */
function isMadeAnywhere(node: Node): boolean {
  return node.kind !== "operation" || node.op === "Reshape";
}

function nameOf({ node }: Tensor): string {
  return node.kind === "input" ? node.name : "";
}
