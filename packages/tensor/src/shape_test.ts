import { expect, test } from "vitest";
import { input } from "./graph.ts";
import { concat, reshape, split } from "./operations/layout.ts";
import { gemm } from "./operations/matrix.ts";
import { axisIndex, broadcastShapes } from "./shape.ts";

test("broadcastShapes() stretches extents of 1, also against symbolic ones", () => {
  expect(broadcastShapes(["batch", 1, 3], [4, 1], "test")).toEqual(["batch", 4, 3]);
});

test("broadcastShapes() names both shapes and the axis when they do not fit", () => {
  expect(() => broadcastShapes([2, 3], [4], "Add")).toThrow("Add: cannot broadcast [2, 3] with [4] at axis 1");
});

test("axisIndex() counts negative axes from the end, and refuses others", () => {
  expect(axisIndex(-1, 3, "test")).toBe(2);
  expect(() => axisIndex(3, 3, "Split")).toThrow("Split: found axis 3, wanted an integer from -3 to 2");
});

test("operations refuse operands that do not fit when the graph is built", () => {
  const x = input("x", "float32", [2, 3]);
  const symbolic = input("symbolic", "float32", ["n", 3]);
  expect(() => gemm(x, x)).toThrow("inner extents differ");
  expect(() => reshape(x, [4])).toThrow("wanted as many elements");
  expect(() => split(x, 1, [1, 1])).toThrow("found parts of 2 in all, wanted 3");
  expect(() => concat([x, symbolic], 0)).toThrow("cannot join");
});
