import { expect, test } from "vitest";
import { input, operation } from "../graph.ts";
import { evaluate } from "./evaluate.ts";

test("evaluate() refuses an operation without an attribute that its kernel reads", () => {
  const x = input("x", "float32", [1]);
  const gelu = operation("Gelu", [x], { type: "float32", shape: [1] }, {});
  expect(() => evaluate([gelu], { x: { data: Float64Array.of(1), shape: [1] } })).toThrow(
    'reading attribute "approximate" of an operation: found nothing, wanted a text',
  );
});
