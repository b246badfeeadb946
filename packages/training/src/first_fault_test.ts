import { tracedGraph } from "@millrace/transformer";
import { expect, test } from "vitest";
import { firstFault } from "./first_fault.ts";

const config = { architecture: "gpt2", vocabularySize: 8, contextLength: 8, layers: 2, heads: 1, width: 8 } as const;
const graph = tracedGraph(config, { batch: 1 });
const layout = [
  { name: "transformer.ln_f.weight", shape: [2], offset: 0, size: 2, frozen: false },
  { name: "transformer.wte.weight", shape: [2], offset: 16, size: 2, frozen: false },
];

/** @param broken By leaf: outputs that are not finite there. */
function search(broken: readonly (readonly string[])[], vector = new Float32Array(18).fill(0.5)) {
  const traced: number[] = [];
  const found = firstFault({
    layout,
    vector,
    leaves: broken.length,
    graph,
    trace(leaf, into) {
      traced.push(leaf);
      for (const { output, words } of graph.values) into[output]?.data.fill(broken[leaf]?.includes(words) ? NaN : 1);
      return Promise.resolve();
    },
  });
  return found.then((words) => ({ words, traced }));
}

test("firstFault() goes through the leaves, each in the order of the computation, on the way there and on the way back", async () => {
  expect(graph.values.map(({ words }) => words)).toEqual([
    "the embedding of the tokens",
    "the output of block 0",
    "the output of block 1",
    "the scores of the vocabulary",
    "the loss",
    "the gradient of the output of block 1",
    "the gradient of the output of block 0",
    "the gradient of the embedding of the tokens",
  ]);
  const back = ["the gradient of the embedding of the tokens", "the gradient of the output of block 0"];
  expect(await search([[], back, ["the embedding of the tokens"]])).toEqual({
    words:
      'numbers stop being finite in the gradient of the output of block 0 (leaf 1; the largest of the parameters is 5.0e-1, in "transformer.ln_f.weight")',
    traced: [0, 1],
  });
  expect(await search([[], []])).toEqual({ words: undefined, traced: [0, 1] });
});

test("tracedGraph() shows the same where blocks are computed again, and computes them again", () => {
  const again = tracedGraph(config, { batch: 1, recompute: true });
  expect(again.values).toEqual(graph.values);
  expect(again.parameters).toEqual(graph.parameters);
  expect(again.model.length).toBeGreaterThan(1.2 * graph.model.length);
});

test("firstFault() names the first of the parameters that are not finite in the order in which they are read, and computes nothing", async () => {
  expect(await search([[]], new Float32Array(18).fill(Infinity))).toEqual({
    words: 'the parameter "transformer.wte.weight" is not finite',
    traced: [],
  });
});
