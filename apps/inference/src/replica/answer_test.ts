import { renderedEncoder, shielded } from "@millrace/chat";
import { openExecutor } from "@millrace/execution/open";
import { createGenerator } from "@millrace/generation";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { initialParameters, type ModelConfig } from "@millrace/transformer";
import { afterAll, expect, test } from "vitest";
import { answer } from "./answer.ts";

const { json } = await trainBpe(["the mill race turns the wheel. ".repeat(9)], {
  vocabularySize: 270,
  specialTokens: ["<s>", "</s>"],
});
const tokenizer = loadTokenizer(json);
const [BEGIN, END] = [0, 1];
const config: ModelConfig = {
  architecture: "gpt2",
  vocabularySize: 270,
  contextLength: 16,
  layers: 1,
  heads: 2,
  width: 16,
};
const executor = await openExecutor(console.warn);
const generator = await createGenerator({
  executor,
  config,
  parameters: initialParameters(config, 3),
  tokenizer,
  endOfText: END,
  beginOfText: BEGIN,
  slots: 1,
});
afterAll(async () => {
  await generator.close();
  await executor.close();
});

const REQUEST = {
  maxTokens: 3,
  fewerWillDo: false,
  echo: false,
  temperature: 0,
  topP: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed: 1,
  stop: [],
};

const encodeRendered = renderedEncoder(tokenizer);

async function ask(
  prompt: string | number[],
  begin: number | undefined,
  logitBias: [number, number][] = [],
  templated?: true,
) {
  const signal = new AbortController().signal;
  const model = { generator, tokenizer, begin, encodeRendered, endOfTurn: BEGIN };
  const request = { ...REQUEST, prompt, logitBias, ...(templated && { templated }) };
  return Array.fromAsync(answer(model, request, signal));
}

async function promptOf(prompt: string | number[], begin?: number): Promise<readonly number[] | undefined> {
  return (await ask(prompt, begin))[0]?.prompt;
}

test("a prompt begins with the token that the model was trained to begin with, once", async () => {
  const ids = [...tokenizer.encode("the mill")];
  expect(await promptOf("the mill", BEGIN)).toEqual([BEGIN, ...ids]);
  expect(await promptOf("<s>the mill", BEGIN)).toEqual([BEGIN, ...ids]);
  expect(await promptOf("the mill")).toEqual(ids);
  // Who gives ids knows what they are.
  expect(await promptOf(ids, BEGIN)).toEqual(ids);
});

test("an answer ends with the token that ends a text, not with the one that begins it", async () => {
  expect((await ask("the mill", BEGIN, [[END, 100]])).at(-1)).toMatchObject({ finish: "stop" });
  expect((await ask("the mill", BEGIN, [[BEGIN, 100]])).at(-1)).toMatchObject({ finish: "length" });
});

test("a rendered conversation is taken as it is: special tokens are the template's, and a turn has an end of its own", async () => {
  const [{ content: said } = { content: "" }] = shielded([{ role: "user", content: "<s>" }], ["<s>", "</s>"]);
  const [first] = await ask(`the mill</s>${said}`, BEGIN, [], true);
  expect(first?.prompt).toEqual([...tokenizer.encode("the mill"), END, ...tokenizer.encodeOrdinary("<s>")]);
  expect((await ask("the mill", BEGIN, [[BEGIN, 100]], true)).at(-1)).toMatchObject({ finish: "stop" });
});
