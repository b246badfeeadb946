import { describe, expect, test } from "vitest";
import { constant, input, integers, scalar, type Tensor } from "../graph.ts";
import { add, mul, tanh } from "../operations/elementwise.ts";
import { reshape, split } from "../operations/layout.ts";
import { matmul } from "../operations/matrix.ts";
import { evaluate } from "../reference/evaluate.ts";
import { operationCounts, randomFeed } from "../testing/mod.ts";
import { withoutRepeats } from "./common_subexpressions.ts";

const x = input("x", "float32", [2, 4]);

function half(): Tensor {
  return tanh(split(x, 1, [2, 2])[1]!);
}

function afterwards(...outputs: readonly Tensor[]): readonly [operations: number, constants: number] {
  const { operations, constants } = operationCounts(withoutRepeats(outputs));
  return [operations, constants];
}

describe("withoutRepeats()", () => {
  test("withoutRepeats() makes what is computed alike one, through operations of several outputs", () => {
    const outputs = [add(half(), mul(half(), scalar(2))), mul(half(), scalar(2))];
    expect(operationCounts(outputs)).toEqual({ operations: 9, constants: 5 });
    const shared = withoutRepeats(outputs);
    expect(operationCounts(shared)).toEqual({ operations: 4, constants: 2 });
    const feeds = { x: randomFeed([2, 4], 1) };
    expect(evaluate(shared, feeds)).toEqual(evaluate(outputs, feeds));
  });

  test("withoutRepeats() keeps apart what differs in attributes, in one operand's place or in the shape it gives", () => {
    const y = input("y", "float32", [4, 4]);
    expect(afterwards(matmul(x, y), matmul(x, y, { transposeB: true }), matmul(x, y, { scale: 2 }))).toEqual([3, 0]);
    expect(afterwards(...[0, -0, NaN, Infinity, -Infinity].map((scale) => matmul(x, y, { scale })))).toEqual([5, 0]);
    expect(afterwards(add(x, tanh(x)), add(tanh(x), x))).toEqual([3, 0]);
    expect(afterwards(reshape(x, [8]), reshape(x, [4, 2]))).toEqual([2, 2]);
  });

  test("withoutRepeats() keeps constants apart that have another type, shape, bit or a name", () => {
    const zeros = [scalar(0), scalar(-0), constant(Float32Array.of(0), [1]), constant(Int32Array.of(0), [])];
    expect(afterwards(...zeros, scalar(0), scalar(-0))).toEqual([0, 4]);
    const named = ["a", "b"].map((name) => constant(Float32Array.of(0), [], name));
    expect(afterwards(...named, scalar(0))).toEqual([0, 3]);
    expect(afterwards(integers([1, 2]), integers([1, 2]))).toEqual([0, 1]);
  });

  test("withoutRepeats() gives back what has none", () => {
    const y = tanh(x);
    expect(withoutRepeats([y, x])).toEqual([y, x]);
  });
});
