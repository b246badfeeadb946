import type { Evaluation, TaskScore } from "@millrace/contracts";
import { expect, test } from "vitest";
import { judgeScores } from "./judge_scores.ts";

const choice: TaskScore = {
  name: "capitals",
  kind: "multiple_choice",
  examples: 40,
  leftOut: 0,
  accuracy: 0.3,
  accuracyNormalised: 0.5,
  standardError: 0.08,
  chance: 0.25,
  perplexity: null,
};
const cloze: TaskScore = {
  ...choice,
  name: "words",
  kind: "cloze",
  accuracyNormalised: null,
  chance: null,
  perplexity: 9,
};
const figures = { bitsPerByte: 2, perplexity: 20, accuracy: 0.4 };
const evaluation: Evaluation = {
  bitsPerByte: { model: 2, gzip: 3, xzPrimed: 3, ngram: 2.1 },
  verdict: "better",
  documents: 1,
  bytes: 100,
  tokens: 30,
  scores: { model: figures, ngram: { ...figures, accuracy: 0.35 } },
  tasks: [choice, cloze],
};

test("judgeScores() holds the normalised accuracy of choices and the accuracy of clozes against their least", () => {
  const gates = judgeScores(evaluation, { capitals: 0.5, words: 0.31, next_token_accuracy: 0.4 });
  expect(gates).toMatchObject([
    { name: "task_score", state: "passed", value: 0.5, limit: 0.5 },
    { name: "task_score", state: "failed", value: 0.3, limit: 0.31 },
    { name: "next_token_accuracy", state: "passed", value: 0.4 },
  ]);
  expect(gates[0]?.detail).toBe(
    "capitals: questions answered by likelihood a character, of 40; guessing reaches 0.250",
  );
});

test("judgeScores() fails what was not measured, and has nothing to say where nothing is wanted", () => {
  const { scores: _scores, tasks: _tasks, ...old } = evaluation;
  for (const none of [undefined, old]) {
    expect(judgeScores(none, { capitals: 0, next_token_accuracy: 0 })).toMatchObject([
      { state: "failed", value: null, detail: "capitals: the evaluation did not ask it" },
      { state: "failed", value: null },
    ]);
  }
  expect(judgeScores(evaluation, {})).toEqual([]);
});
