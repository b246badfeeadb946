import { planTraining, Recipe, type RecipeInput } from "@millrace/contracts";
import { expect, test } from "vitest";
import type { RunCase } from "./run_plan.ts";
import { estimate } from "./estimate.ts";
import { foresee, type Foresight } from "./foresee.ts";

const MACHINE = { cores: 2, memoryBytes: 8e9 };
const PARAMETERS = 1e6;
const TWO = [
  { path: "a.md", sizeBytes: 50_000 },
  { path: "b.md", sizeBytes: 50_000 },
];

function ahead(changes: Partial<RecipeInput>, files = TWO, parameters = PARAMETERS): Foresight {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: "docs" }], ...changes });
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const cases = [0.2, 1].map((keptShare): RunCase => {
    const plan = planTraining(recipe, bytes * keptShare);
    const { enabled } = recipe.train;
    const training = enabled ? { ...plan, parameters, trained: parameters } : null;
    return { keptShare, training, estimate: estimate(plan, parameters, bytes, enabled, MACHINE) };
  });
  return foresee(recipe, files, cases, cases, MACHINE);
}

test("foresee() has nothing to say about what is derived", () => {
  expect(ahead({})).toEqual({ refusals: [], warnings: [] });
});

test("foresee() warns of a vocabulary that is unlikely, and refuses one that no text of the size supports", () => {
  const unlikely = ahead({ tokenizer: { vocabularySize: 20_000 } });
  expect(unlikely.refusals).toEqual([]);
  expect(unlikely.warnings).toEqual([
    expect.stringMatching(/^tokenizer\.vocabularySize: found 20,000 .* at most 3,\d\d\d;/),
  ]);
  const small = TWO.map((file) => ({ ...file, sizeBytes: 2000 }));
  expect(ahead({ tokenizer: { vocabularySize: 20_000 } }, small).refusals).toHaveLength(1);
});

test("foresee() refuses where there is nothing to read, and says no more", () => {
  expect(ahead({ model: { contextLength: 4096 } }, [])).toEqual({
    refusals: ["sources: found no file to read in docs, wanted text, Markdown, HTML or JSON lines"],
    warnings: [],
  });
});

test("foresee() refuses nothing because of what compressed files may hold", () => {
  const packed = TWO.map(() => ({ path: "a.md.gz", sizeBytes: 2000 }));
  expect(ahead({ tokenizer: { vocabularySize: 20_000 } }, packed).refusals).toEqual([]);
});

test("foresee() warns of a context as long as the text, and refuses one that is longer for sure", () => {
  const small = TWO.map((file) => ({ ...file, sizeBytes: 3000 }));
  expect(ahead({ model: { contextLength: 4096 }, tokenizer: { vocabularySize: 300 } }, small)).toEqual({
    refusals: [],
    warnings: [expect.stringMatching(/^model\.contextLength: found 4,096 tokens for 6,000 bytes/)],
  });
  const tiny = TWO.map((file) => ({ ...file, sizeBytes: 300 }));
  expect(ahead({ model: { contextLength: 4096 }, tokenizer: { vocabularySize: 300 } }, tiny).refusals).toHaveLength(1);
});

test("foresee() refuses a model whose state exceeds the memory, and warns where the whole run does", () => {
  expect(ahead({}, TWO, 1e9).refusals).toEqual([
    expect.stringMatching(/^model: found 1,000,000,000 .* 32\.0 GB on 2 nodes/),
  ]);
  expect(ahead({ train: { nodes: 1 } }, TWO, 0.45e9)).toEqual({
    refusals: [],
    warnings: [expect.stringMatching(/^model: /)],
  });
});

test("foresee() warns of more nodes than cores", () => {
  expect(ahead({ train: { nodes: 3 } }).warnings).toEqual([
    expect.stringMatching(/^train\.nodes: found 3 nodes on 2 cores/),
  ]);
});

test("foresee() refuses a single document, which cannot be trained on and validated with", () => {
  const one = [{ path: "a.txt", sizeBytes: 60_000 }];
  expect(ahead({}, one).refusals).toEqual([expect.stringContaining("found one document (a.txt)")]);
  expect(ahead({}, [{ path: "a.jsonl", sizeBytes: 60_000 }]).refusals).toEqual([]);
  expect(ahead({}, [{ path: "a.txt", sizeBytes: 70_000 }]).refusals).toEqual([]);
});

test("foresee() has nothing to say where nothing is trained", () => {
  const one = [{ path: "a.txt", sizeBytes: 10 }];
  expect(ahead({ train: { enabled: false } }, one, 1e12)).toEqual({ refusals: [], warnings: [] });
});

test("foresee() knows that a character is a token, and that a text cut by position is two documents", () => {
  const [one] = TWO.map((file) => ({ ...file, sizeBytes: 3000 }));
  const cut: Partial<RecipeInput> = { corpus: { split: "position" }, tokenizer: { kind: "characters" } };
  expect(ahead({ ...cut, model: { contextLength: 2048 } }, [one!])).toEqual({ refusals: [], warnings: [] });
  expect(ahead({ tokenizer: { kind: "characters" } }, [one!]).refusals).toHaveLength(1);
});
