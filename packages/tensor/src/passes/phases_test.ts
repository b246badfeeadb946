import { describe, expect, test } from "vitest";
import { input, topologicalOrder, type Tensor } from "../graph.ts";
import { add, mul, tanh } from "../operations/elementwise.ts";
import { reshape, split } from "../operations/layout.ts";
import { matmul } from "../operations/matrix.ts";
import { evaluate } from "../reference/evaluate.ts";
import { randomFeed, type ReferenceArray } from "../testing/mod.ts";
import { inPhases, type Phase } from "./phases.ts";

const x = input("x", "float32", [2, 4]);
const y = input("y", "float32", [4, 4]);
const FEEDS = { x: randomFeed([2, 4], 1), y: randomFeed([4, 4], 2) };

/** What phases give, run one after the other on what those before have handed on. */
function run(phases: readonly Phase[]): Record<string, ReferenceArray> {
  let known: Record<string, ReferenceArray> = FEEDS;
  for (const { inputs, outputs } of phases) {
    const fed = inputs.map(nameOf).map((name) => [name, known[name]!]);
    const found = evaluate(Object.values(outputs), Object.fromEntries(fed));
    known = { ...known, ...Object.fromEntries(Object.keys(outputs).map((name, index) => [name, found[index]!])) };
  }
  return known;
}

function nameOf({ node }: Tensor): string {
  return node.kind === "input" ? node.name : "";
}

function handedOn({ outputs }: Phase): string[] {
  return Object.keys(outputs).filter((name) => name.startsWith("handed."));
}

function operations({ outputs }: Phase): string[] {
  return topologicalOrder(Object.values(outputs)).flatMap((node) => (node.kind === "operation" ? [node.op] : []));
}

describe("inPhases()", () => {
  const product = matmul(x, y);
  const bent = tanh(product);
  const early = mul(bent, bent);
  const late = add(reshape(product, [8]), reshape(mul(bent, matmul(x, y)), [8]));

  test("inPhases() gives the same, each operation in the first phase that needs it", () => {
    const phases = inPhases([{ early }, { late }]);
    const [wantedEarly, wantedLate] = evaluate([early, late], FEEDS);
    expect(run(phases)).toMatchObject({ early: wantedEarly, late: wantedLate });
    expect(phases.map(operations)).toEqual([
      ["MatMul", "Tanh", "Mul"],
      ["Reshape", "Mul", "Reshape", "Add"],
    ]);
    expect(phases.map(({ inputs }) => inputs.map(nameOf))).toEqual([
      ["x", "y"],
      ["handed.1", "handed.0"],
    ]);
    expect(phases.map(handedOn)).toEqual([["handed.0", "handed.1"], []]);
  });

  test("inPhases() hands on over phases that do not need a value, and values of one operation each for itself", () => {
    const [left, right] = split(tanh(x), 1, [2, 2]) as [Tensor, Tensor];
    const phases = inPhases([{ a: add(left, left) }, { b: tanh(mul(x, x)) }, { c: mul(right, right) }]);
    const [a, b, c] = evaluate([add(left, left), tanh(mul(x, x)), mul(right, right)], FEEDS);
    expect(run(phases)).toMatchObject({ a, b, c });
    expect(phases.map(handedOn)).toEqual([["handed.0"], [], []]);
  });

  test("inPhases() leaves one phase as it is", () => {
    const [only] = inPhases([{ early, bent }]);
    expect(only).toEqual({ inputs: [x, y], outputs: { early, bent } });
  });

  test("inPhases() refuses to give late what is made early", () => {
    expect(() => inPhases([{ early }, { bent }])).toThrow('found "bent" in phase 1, made by an earlier one');
  });
});
