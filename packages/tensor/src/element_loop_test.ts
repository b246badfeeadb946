import { expect, test } from "vitest";
import { elementLoop } from "./element_loop.ts";
import { exp, input, mul, scalar, sub } from "./mod.ts";

const x = input("x", "float32", ["elements"]);

test("elementLoop() writes a loop that updates whole turns in place and nothing behind them", () => {
  const factor = input("factor", "float32", [1]);
  const module = elementLoop({
    vectors: [x],
    factors: [factor],
    updates: new Map([[x, sub(mul(x, factor), scalar(0.5))]]),
  });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_535, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { vectors: { memory } });
  const floats = new Float32Array(memory.buffer).fill(1, 0, 64);
  (exports["run"] as (...numbers: number[]) => void)(64, 192, 3);
  expect([...floats.subarray(0, 64)]).toEqual(Array.from({ length: 64 }, (_, i) => (i >= 16 && i < 48 ? 2.5 : 1)));
});

test("elementLoop() refuses an operation that rounds more than once, and an input that nobody gives", () => {
  const loop = (updated: typeof x) => () =>
    elementLoop({ vectors: [x], factors: [], updates: new Map([[x, updated]]) });
  expect(loop(exp(x))).toThrow("a loop over elements: found Exp, wanted one of Sqrt,Add,Sub,Mul,Div");
  expect(loop(mul(x, input("y", "float32", [1])))).toThrow("found an input that is neither a vector nor a factor");
});
