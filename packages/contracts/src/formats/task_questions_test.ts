import { expect, test } from "vitest";
import { parseQuestions } from "./task_questions.ts";

const line = (value: object): string => `${JSON.stringify(value)}\n`;

test("parseQuestions() reads multiple choice, and leaves alone what else stands in a line", () => {
  const file = `${line({ query: "The sky is", choices: ["blue", "loud"], gold: 0, id: 7 })}\n`;
  expect(parseQuestions("multiple_choice", file)).toEqual([
    { context: "The sky is", continuations: ["blue", "loud"], gold: 0 },
  ]);
});

test("parseQuestions() reads clozes with a target, and LAMBADA's whose target is the last word", () => {
  const file = line({ context: "Roses are", target: "red" }) + line({ text: "Violets are  blue.\n" });
  expect(parseQuestions("cloze", file)).toEqual([
    { context: "Roses are", continuations: ["red"], gold: 0 },
    { context: "Violets are", continuations: ["blue."], gold: 0 },
  ]);
});

test.each([
  ["multiple_choice", "", /found 0 questions/],
  ["multiple_choice", "{\n", /line 1 is not JSON/],
  ["multiple_choice", `\n${line({ query: "a", choices: ["b"], gold: 0 })}`, /line 2 .* choices: expected at least 2/],
  ["multiple_choice", line({ query: "a", choices: ["b", "c"], gold: 2 }), /gold: expected the index of one/],
  ["multiple_choice", line({ query: "a", choices: ["b", " "], gold: 0 }), /expected text other than white space/],
  ["multiple_choice", line({ context: "a", target: "b" }), /no question of multiple_choice/],
  ["cloze", line({ text: "one" }), /no question of cloze/],
] as const)("parseQuestions() of %s refuses %j with the line and the reason", (kind, file, message) => {
  expect(() => parseQuestions(kind, file)).toThrow(message);
});

test.each([
  ["root:x:0:0:root\n", /^line 1 is not JSON, wanted [^:]*$/],
  ['"root:x:0:0:root"\n', /found text$/],
  ['{"context":"root:x","target":["root:x"]}\n', /found a mapping of keys$/],
])("parseQuestions() quotes nothing of what is no file of questions: %j", (file, message) => {
  expect(() => parseQuestions("cloze", file)).toThrow(message);
});
