import { describe, expect, test } from "vitest";
import { gradients } from "./gradient.ts";
import { GRADIENT_RULES } from "./gradient_rules.ts";
import { input, topologicalOrder } from "./graph.ts";
import { causalAttention } from "./operations/attention.ts";
import { max, mul } from "./operations/elementwise.ts";
import { reduceSum } from "./operations/reduction.ts";
import { evaluate } from "./reference/evaluate.ts";
import { differentiableCases, type OperationCase } from "./testing/operation_cases.ts";
import { randomFeed, relativeDistance, type Feed } from "./testing/run_model.ts";

/** Not among the others: only one dialect has it. Two sequences, three tokens, two heads of 8. */
function attentionCase(): OperationCase {
  const joint = input("input0", "float32", [2, 3, 3 * 2 * 8]);
  const feeds = { input0: randomFeed(joint.shape as readonly number[], 1) };
  return { name: "causalAttention", inputs: [joint], feeds, output: causalAttention(joint, 2, 0.4) };
}

const CASES = [...differentiableCases(), attentionCase()];

/** A loss whose cotangent differs at every element of the output, so that a misplaced element shows. */
function lossOf({ output }: OperationCase): { loss: ReturnType<typeof input>; weights: Feed } {
  const shape = output.shape as readonly number[];
  const loss = reduceSum(
    mul(output, input("weights", "float32", shape)),
    shape.map((_, axis) => axis),
  );
  return { loss, weights: randomFeed(shape, 99) };
}

describe("gradients()", () => {
  for (const operationCase of CASES) {
    test(`gradients() agrees with central differences for ${operationCase.name}`, () => {
      const { loss, weights } = lossOf(operationCase);
      const feeds: Record<string, Feed> = { ...operationCase.feeds, weights };
      const found = evaluate(gradients(loss, operationCase.inputs), feeds);
      const step = 1e-5;
      operationCase.inputs.forEach((_, which) => {
        const name = `input${which}`;
        const feed = feeds[name];
        const gradient = found[which];
        if (feed === undefined || gradient === undefined) throw new Error("a feed or a gradient is missing");
        const differences = feed.data.map((value, index) => {
          const [above = NaN, below = NaN] = [value + step, value - step].map(
            (moved) =>
              evaluate([loss], { ...feeds, [name]: { ...feed, data: feed.data.with(index, moved) } })[0]?.data[0],
          );
          return (above - below) / (2 * step);
        });
        expect(gradient.shape).toEqual(feed.shape);
        // Truncation is O(step^2) = 1e-10, rounding about 1e-16 / step = 1e-11.
        expect(relativeDistance(gradient, { data: differences, shape: feed.shape })).toBeLessThan(1e-8);
      });
    });
  }

  test("gradients() is compared with central differences for every rule", () => {
    const nodes = topologicalOrder(CASES.map(({ output }) => output));
    const compared = new Set(nodes.flatMap((node) => (node.kind === "operation" ? [node.op] : [])));
    expect(new Set(Object.keys(GRADIENT_RULES)).difference(compared)).toEqual(new Set());
  });

  test("gradients() names the operation when it has no rule", () => {
    const x = input("x", "float32", [2]);
    expect(() => gradients(reduceSum(max(x, x), [0]), [x])).toThrow("Max has no gradient rule");
  });

  test("gradients() names the input when the loss does not depend on it", () => {
    const x = input("x", "float32", [2]);
    const unused = input("unused", "float32", [2]);
    expect(() => gradients(reduceSum(x, [0]), [x, unused])).toThrow('does not depend on "unused"');
  });

  test("gradients() refuses a loss of several elements", () => {
    const x = input("x", "float32", [2]);
    expect(() => gradients(x, [x])).toThrow("wanted one element");
  });
});
