import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "@millrace/artifacts";
import { fileStore } from "@millrace/artifacts/file";
import { ChatTemplateError, type RenderChat } from "@millrace/chat";
import { templateProcess } from "@millrace/chat/process";
import { type ArtifactRef, type BaseModel, type CorpusDocument, CorpusManifest, Recipe } from "@millrace/contracts";
import { sampleDocument, storeCorpus } from "@millrace/contracts/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyBase } from "./testing/tiny_base.ts";
import { type Tokenized, tokenizeCorpus } from "./tokenize_corpus.ts";

const templates = templateProcess();
let folder: string;
let artifacts: Artifacts;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-tokenize-"));
  artifacts = fileStore(folder).forProject("default");
});
afterAll(async () => {
  await templates.close();
  await rm(folder, { recursive: true });
});

const put = (text: string): Promise<ArtifactRef> => artifacts.put(new TextEncoder().encode(text), "text/plain");

/** A conversation of one question and its answer; every fifth is for validation. */
function conversation(number: number, question = "How?"): CorpusDocument {
  const text = `user: ${question}\n\nassistant: Thus`;
  const turns: CorpusDocument["turns"] = [
    { role: "user", start: 6, end: 6 + question.length },
    { role: "assistant", start: text.length - 4, end: text.length },
  ];
  return { ...sampleDocument(number, 1), text, turns };
}

async function file(name: string): Promise<string> {
  return readFile(new URL(`../../../test/kit/testdata/tiny-llama/${name}`, import.meta.url), "utf8");
}

/** The tiny model of the tests, with a template before its own. */
async function baseWith(template: string): Promise<BaseModel> {
  const files = {
    "tokenizer.json": await put(await file("tokenizer.json")),
    "chat_template.jinja": await put(template + (await file("chat_template.jinja"))),
  };
  return tinyBase("tiny-llama", files);
}

const FOUR = [0, 1, 2, 3].map((number) => conversation(number));

async function tokenized(
  base: BaseModel,
  render: RenderChat,
  signal = new AbortController().signal,
  documents = FOUR,
  model = {},
) {
  const { corpus } = await storeCorpus(artifacts, documents);
  const manifest = CorpusManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(corpus.sha256))));
  const recipe = Recipe.parse({
    name: "chat",
    sources: [{ path: "/d" }],
    model: { from: "/models/tiny-llama", ...model },
  });
  const hooks = { trained: async () => {}, encoded: async () => {}, signal };
  return tokenizeCorpus(artifacts, manifest, recipe, base, render, hooks);
}

test("tokenizeCorpus() leaves out a conversation that the template refuses, and says why", async () => {
  const refusing = "{% if messages[0].content == 'How?' %}{{ raise_exception('nobody asks so') }}{% endif %}";
  const documents = [0, 1, 2, 3].map((number) => conversation(number, number === 1 ? "How?" : "Why?"));
  const made = await tokenized(await baseWith(refusing), templates.render, undefined, documents);
  expect(made).not.toHaveProperty("code");
  const { manifest, refused } = made as Tokenized;
  const { chat } = manifest;
  expect(refused).toEqual({ count: 1, first: [{ source: "notes/1.md", reason: "nobody asks so" }] });
  expect(chat?.refused?.count).toBe(1);
  const ids = await artifacts.bytes(chat?.refused?.ids.sha256 ?? "");
  expect(new TextDecoder().decode(ids)).toBe('{"id":"doc-0001"}\n');
  expect(chat?.conversations).toEqual({ train: 2, validation: 1 });
});

test("tokenizeCorpus() says what is wrong with a plan that does not fit", async () => {
  const longer = { contextLength: 65 };
  expect(await tokenized(await baseWith(""), templates.render, undefined, FOUR, longer)).toEqual({
    code: "invalid_model",
    message: expect.stringMatching(/^tokenizing: .*model\.contextLength/) as string,
  });
});

test("tokenizeCorpus() fails where the template refuses all conversations", async () => {
  const refusing = "{% if messages[0].content == 'How?' %}{{ raise_exception('nobody asks so') }}{% endif %}";
  expect(await tokenized(await baseWith(refusing), templates.render)).toEqual({
    code: "chat_template_failed",
    message: expect.stringMatching(/with the conversation notes\/0\.md, and with all others: nobody asks so/) as string,
  });
});

test("tokenizeCorpus() repeats nothing of conversations where the template quotes all that it refuses", async () => {
  const question = "How does the miller open his gate at night?";
  const quoting =
    "{% if messages[0].content != 'a' %}{{ raise_exception('cannot write: ' + messages[0].content) }}{% endif %}";
  const documents = [0, 1, 2, 3].map((number) => conversation(number, question));
  const failed = await tokenized(await baseWith(quoting), templates.render, undefined, documents);
  expect(failed).toMatchObject({
    code: "chat_template_failed",
    message: expect.stringMatching(/reason quotes/) as string,
  });
  expect(JSON.stringify(failed)).not.toContain("miller");
});

test("tokenizeCorpus() ends with the signal's reason where the process that renders is ended with all others", async () => {
  const stop = new AbortController();
  let asked = 0;
  const render: RenderChat = async (...given) => {
    asked += 1;
    if (asked === 1) return templates.render(...given);
    stop.abort(new Error("enough"));
    throw new ChatTemplateError("template", "the process that rendered it has ended");
  };
  await expect(tokenized(await baseWith(""), render, stop.signal)).rejects.toThrow("enough");
});
