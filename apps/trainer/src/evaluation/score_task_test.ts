import type { ModelConfig } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import { openExecutor } from "@millrace/execution/open";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { writeSafetensors } from "@millrace/training";
import { initialParameters, logitsGraph, parameterLayout } from "@millrace/transformer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scoreTask } from "./score_task.ts";

const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 270,
  contextLength: 12,
  layers: 1,
  heads: 2,
  width: 16,
};
const END_OF_TEXT = 0;
// Large parameters: an untrained model with opinions.
const vector = initialParameters(config, 2).map((parameter) => 4 * parameter);
const tensors = parameterLayout(config).map(
  ({ name, shape, offset, size }) => [name, { shape, data: vector.subarray(offset, offset + size) }] as const,
);
const model = { config, endOfText: END_OF_TEXT, model: writeSafetensors(new Map(tensors)) };

let executor: Executor;
let tokenizer: ReturnType<typeof loadTokenizer>;
beforeAll(async () => {
  executor = await openExecutor(console.warn);
  const { json } = await trainBpe(["the mill race turns the mill wheel ".repeat(9)], { vocabularySize: 270 });
  tokenizer = loadTokenizer(json);
});
afterAll(() => executor.close());

const file = (...lines: object[]): string => lines.map((line) => JSON.stringify(line)).join("\n");

/** The bare logits after each token, a row a place. */
async function rowsOf(ids: readonly number[]): Promise<number[][]> {
  const { contextLength, vocabularySize } = config;
  const session = await executor.createSession(logitsGraph(config, { batch: 1 }).model, { threads: 1 });
  const [tokens, logits] = [new Int32Array(contextLength), new Float32Array(contextLength * vocabularySize)];
  tokens.set(ids.slice(0, contextLength));
  const parameters = Object.fromEntries(tensors.map(([name, { shape, data }]) => [name, { shape, data }]));
  await session.run(
    { ...parameters, tokens: { data: tokens, shape: [1, contextLength] } },
    { logits: { data: logits, shape: [contextLength, vocabularySize] } },
  );
  await session.release();
  return ids.map((_, at) => Array.from(logits.subarray(at * vocabularySize, (at + 1) * vocabularySize)));
}

/** The slow obvious way: softmax in double precision, token by token. */
async function likelihood(context: string, continuation: string): Promise<{ nats: number; likeliest: boolean }> {
  const whole = Array.from(tokenizer.encode(context + continuation));
  const rows = await rowsOf([END_OF_TEXT, ...whole]);
  let [nats, likeliest] = [0, true];
  for (let at = tokenizer.encode(context).length; at < whole.length; at++) {
    const row = rows[at]!;
    const target = row[whole[at]!]!;
    nats += Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0)) - target;
    likeliest &&= row.every((score) => score <= target);
  }
  return { nats, likeliest };
}

const CHOICES = ["mill", "wheel turns", "race", "the mill"];

test("scoreTask() of multiple choice takes the likeliest, and by likelihood a character the normalised answer", async () => {
  const contexts = ["the", "the mill", "race turns", "wheel"];
  const expected = { accuracy: 0, accuracyNormalised: 0 };
  const questions: object[] = [];
  for (const [at, query] of contexts.entries()) {
    const gold = at % CHOICES.length;
    questions.push({ query, choices: CHOICES, gold });
    const nats = [];
    for (const choice of CHOICES) nats.push((await likelihood(query, ` ${choice}`)).nats);
    const normalised = nats.map((each, choice) => each / CHOICES[choice]!.length);
    if (nats.indexOf(Math.min(...nats)) === gold) expected.accuracy += 1 / contexts.length;
    if (normalised.indexOf(Math.min(...normalised)) === gold) expected.accuracyNormalised += 1 / contexts.length;
  }
  const task = { name: "turns", kind: "multiple_choice", questions: file(...questions) } as const;
  const score = await scoreTask(executor, model, tokenizer, task, 2);
  const { accuracyNormalised: share } = expected;
  expect(score).toEqual({
    name: "turns",
    kind: "multiple_choice",
    examples: 4,
    leftOut: 0,
    ...expected,
    standardError: expect.closeTo(Math.sqrt((share * (1 - share)) / 3), 9),
    chance: 0.25,
    perplexity: null,
  });
  expect(await scoreTask(executor, model, tokenizer, task, 1)).toEqual(score);
  // Each question again with the answer that the model gives: all are right.
  const answered = await Promise.all(
    contexts.map(async (query) => {
      const nats = await Promise.all(CHOICES.map(async (choice) => (await likelihood(query, ` ${choice}`)).nats));
      return { query, choices: CHOICES, gold: nats.indexOf(Math.min(...nats)) };
    }),
  );
  const right = { ...task, questions: file(...answered) };
  expect(await scoreTask(executor, model, tokenizer, right, 2)).toMatchObject({ accuracy: 1 });
});

test("scoreTask() of a cloze is right where each token of the target is the likeliest, and gives their perplexity", async () => {
  const { nats, likeliest } = await likelihood("the mill", " wheel");
  const task = { name: "words", kind: "cloze", questions: file({ context: "the mill ", target: "wheel" }) } as const;
  const score = await scoreTask(executor, model, tokenizer, task, 1);
  expect(Math.log(score.perplexity!)).toBeCloseTo(nats, 3);
  expect(score).toEqual({
    name: "words",
    kind: "cloze",
    examples: 1,
    leftOut: 0,
    accuracy: Number(likeliest),
    accuracyNormalised: null,
    standardError: 0,
    chance: null,
    perplexity: expect.any(Number),
  });
  // Where the model itself goes on with a word: that is the right answer, and no other is.
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
  for (const context of letters.flatMap((first) => letters.map((second) => first + second))) {
    const row = (await rowsOf([END_OF_TEXT, ...tokenizer.encode(context)])).at(-1)!;
    const own = tokenizer.decode([row.indexOf(Math.max(...row))]);
    if (!/^ \w+$/.test(own)) continue;
    const questions = file({ context, target: own.trim() }, { context, target: "zzz" });
    expect(await scoreTask(executor, model, tokenizer, { ...task, questions }, 1)).toMatchObject({ accuracy: 0.5 });
    return;
  }
  expect.unreachable("this model goes on with a word after none of the contexts");
});

test("scoreTask() cuts contexts from their beginning and leaves out what no context is long enough for", async () => {
  const long = "the mill race turns the mill wheel ".repeat(5);
  const questions = file({ context: long, target: "the" }, { context: "the", target: "xyz ".repeat(20) });
  const task = { name: "long", kind: "cloze", questions } as const;
  expect(await scoreTask(executor, model, tokenizer, task, 1)).toMatchObject({ examples: 1, leftOut: 1 });
});
