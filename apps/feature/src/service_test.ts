import { readFileSync } from "node:fs";
import {
  type CorpusDocument,
  type EventData,
  EVENTS,
  Recipe,
  TOKEN_MARKS,
  TokenizedRun,
  TokenManifest,
  TokenPlaces,
} from "@millrace/contracts";
import { sampleDocument, storeCorpus } from "@millrace/contracts/testing";
import { readMigrations } from "@millrace/database/migration_files";
import { createLog } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { loadTokenizer } from "@millrace/tokenizer";
import { eq, like } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { templateProcess } from "@millrace/chat/process";
import { ngramThread } from "./adapters/ngram_thread.ts";
import { createFeature } from "./service.ts";
import { tokenizedRuns } from "./tables.ts";
import { tinyBase } from "./testing/tiny_base.ts";

const { render, close } = templateProcess();
const { continueByCounts } = ngramThread(createLog({ service: "feature", sink: console.log, now: Date.now }));
let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createFeature(openPorts, access, { render, continueByCounts })],
    migrations: { feature: await readMigrations("feature") },
  });
  await host.start();
});
afterAll(async () => {
  await host.close();
  await close();
});

/** With the marker that ends a text as part of it, which must stay plain text. */
function document(number: number): CorpusDocument {
  const one = sampleDocument(number, 60);
  return { ...one, text: `${one.text} <|endoftext|>` };
}

const artifacts = () => host.artifacts.forProject("default");
const put = (value: string) => artifacts().put(new TextEncoder().encode(value), "application/json");

async function tokenize(
  runId: string,
  documents: readonly CorpusDocument[],
  overrides: object = {},
  beside: Pick<EventData<typeof EVENTS.corpusTokenize>, "base"> = {},
): Promise<void> {
  const recipe = Recipe.parse({
    name: "docs",
    sources: [{ path: "/d" }],
    tokenizer: { vocabularySize: 280 },
    ...overrides,
  });
  const { corpus } = await storeCorpus(artifacts(), documents);
  const input = { runId, attempt: 1, recipe: await put(JSON.stringify(recipe)), corpus, ...beside };
  await host.publish(runId, EVENTS.corpusTokenize, input, { correlationid: runId });
}

const DOCUMENTS = Array.from({ length: 40 }, (_, number) => document(number));

async function manifestOf(runId: string): Promise<TokenManifest> {
  const { data } = await host.events.until(EVENTS.corpusTokenized, (event) => event.data.runId === runId);
  return TokenManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts().bytes(data.tokenized.sha256))));
}

test("corpus.tokenize gives a tokenizer, shards that decode to the documents, and counts that add up", async () => {
  await tokenize("run-a", DOCUMENTS);
  const manifest = await manifestOf("run-a");
  const json = new TextDecoder().decode(await artifacts().bytes(manifest.tokenizer.sha256));
  const tokenizer = loadTokenizer(json);
  expect(manifest.vocabularySize).toBe(280);
  expect(manifest.dtype).toBe("uint16");

  const [first] = manifest.train;
  const bytes = await artifacts().bytes(first?.tokens.sha256 ?? "");
  const ids = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const texts = tokenizer.decode(ids).split("<|endoftext|>");
  // The marker inside a document is plain text: it decodes to the same characters, so each document shows it once more.
  expect(texts.length).toBe(1 + 2 * DOCUMENTS.slice(0, 20).filter(({ split }) => split === "train").length);
  expect([...ids].filter((id) => id === manifest.endOfText)).toHaveLength(16);
  const all = [...manifest.train, ...manifest.validation].reduce((sum, { count }) => sum + count, 0);
  expect(manifest.tokens.train + manifest.tokens.validation).toBe(all);
  expect(manifest.bytes.train + manifest.bytes.validation).toBe(
    DOCUMENTS.reduce((sum, { text }) => sum + text.length, 0),
  );

  const trained = await host.events.until(EVENTS.tokenizerTrained, (event) => event.data.runId === "run-a");
  expect(trained.data.tokenizer).toEqual(manifest.tokenizer);
});

test("the same corpus in another run gives the same artifacts", async () => {
  await tokenize("run-b", DOCUMENTS);
  expect(await manifestOf("run-b")).toEqual(await manifestOf("run-a"));
});

test("corpus.tokenize takes the characters of all documents for tokens where a recipe says so", async () => {
  const [first, ...others] = DOCUMENTS as [CorpusDocument, ...CorpusDocument[]];
  // Held out, with a character that no other has.
  const documents: CorpusDocument[] = [{ ...first, split: "validation", text: `${first.text} \u00e9` }, ...others];
  await tokenize("run-characters", documents, { tokenizer: { kind: "characters" } });
  const manifest = await manifestOf("run-characters");
  const tokenizer = loadTokenizer(new TextDecoder().decode(await artifacts().bytes(manifest.tokenizer.sha256)));
  const characters = new Set(documents.flatMap(({ text }) => [...text]));
  // The end of text, and what stands for all others.
  expect(manifest).toMatchObject({ vocabularySize: characters.size + 2, endOfText: 0, dtype: "uint16" });
  expect(tokenizer.decode(tokenizer.encodeOrdinary(documents[0]!.text))).toBe(documents[0]!.text);
  const { train, validation } = manifest.tokens;
  expect(train + validation).toBe(documents.reduce((sum, { text }) => sum + 1 + text.length, 0));
});

test("the tokenizer of a base model is used as it is, with its two tokens around each document", async () => {
  const json = readFileSync(new URL("../../../test/kit/testdata/tiny-llama/tokenizer.json", import.meta.url), "utf8");
  const tokenizer = await put(json);
  const base = tinyBase("tiny-llama", { "tokenizer.json": tokenizer });
  const manifest = await put(JSON.stringify(base));
  const from = { model: { from: "/models/tiny-llama" }, tokenizer: {} };
  await tokenize("run-base", DOCUMENTS, from, { base: { manifest, name: "tiny-llama", licence: null } });
  const made = await manifestOf("run-base");
  expect(made).toMatchObject({ tokenizer, vocabularySize: 360, endOfText: 0, endOfDocument: 1 });
  const [shard] = made.train;
  const bytes = await artifacts().bytes(shard?.tokens.sha256 ?? "");
  const ids = [...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)];
  const { decode } = loadTokenizer(json);
  const [first = "", ...others] = decode(ids).split("<|begin_of_text|>");
  expect(first).toBe("");
  const written = DOCUMENTS.slice(0, 20).filter(({ split }) => split === "train");
  expect(others).toEqual(written.map(({ text }) => `${text}<|end_of_text|>`));
  expect(host.events.of(EVENTS.tokenizerTrained).some(({ data }) => data.runId === "run-base")).toBe(false);
});

const SAID = ["What turns the wheel?", "The mill race <|end_of_text|> does."] as const;

/** A conversation of one question and its answer; every fifth is for validation. */
function conversation(number: number): CorpusDocument {
  const [question, answer] = [`${SAID[0]} ${number}`, `${SAID[1]} ${number}`];
  const text = `user: ${question}\n\nassistant: ${answer}`;
  const start = text.length - answer.length;
  const turns: CorpusDocument["turns"] = [
    { role: "user", start: 6, end: 6 + question.length },
    { role: "assistant", start, end: text.length },
  ];
  return { ...sampleDocument(number, 1), text, turns };
}

/** Ids of a shard, and the marks beside them. */
async function shardOf({ tokens, marks }: TokenManifest["train"][number]) {
  const bytes = await artifacts().bytes(tokens.sha256);
  const ids = [...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)];
  return { ids, marks: [...(await artifacts().bytes(marks?.sha256 ?? ""))] };
}

/** The tiny Llama, stored, with the start of a template before its own. */
async function baseWith(before: string): Promise<Parameters<typeof tokenize>[3]> {
  const folder = new URL("../../../test/kit/testdata/tiny-llama/", import.meta.url);
  const files = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"].map(async (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    return [name, await put(name === "chat_template.jinja" ? before + text : text)] as const;
  });
  const base = tinyBase("tiny-llama", Object.fromEntries(await Promise.all(files)));
  return { base: { manifest: await put(JSON.stringify(base)), name: "tiny-llama", licence: null } };
}

test("conversations are written with the base model's template, and only answers are marked as predicted", async () => {
  const beside = await baseWith("");
  const documents = [...Array.from({ length: 10 }, (_, number) => conversation(number)), document(11), document(12)];
  await tokenize("run-chat", documents, { model: { from: "/models/tiny-llama" }, tokenizer: {} }, beside);
  const made = await manifestOf("run-chat");
  expect(made.chat).toMatchObject({
    isBases: true,
    template: { endOfTurn: 1 },
    conversations: { train: 8, validation: 2 },
  });
  expect(made.chat?.template.reserved).toEqual(["<|begin_of_text|>", "<|end_of_text|>"]);
  const { decode } = loadTokenizer(new TextDecoder().decode(await artifacts().bytes(made.tokenizer.sha256)));
  const { ids, marks } = await shardOf(made.train[0]!);
  const second = marks.indexOf(TOKEN_MARKS.between, 1);
  // The token before it belongs to none, and the template's own begins it.
  expect(decode(ids.slice(1, second))).toBe(
    `<|begin_of_text|><|user|>\n${SAID[0]} 1<|end_of_text|>\n<|assistant|>\n${SAID[1]} 1<|end_of_text|>\n`,
  );
  expect(marks.slice(0, 2)).toEqual([TOKEN_MARKS.between, TOKEN_MARKS.conversation]);
  const predicted = ids.slice(0, second).filter((_, at) => marks[at] === TOKEN_MARKS.predicted);
  expect(decode(predicted)).toBe(`${SAID[1]} 1<|end_of_text|>`);
  // What a message says of it is text: the special token is there twice, of the template.
  expect(ids.slice(0, second).filter((id) => id === 1)).toHaveLength(2);
  const all = (await Promise.all(made.train.map(shardOf))).flatMap((shard) => shard.marks);
  expect(all).toHaveLength(made.tokens.train);
  expect(all.filter((mark) => mark === TOKEN_MARKS.document)).toHaveLength(2);
});

test("of conversations that the template refuses the event repeats nothing, and the manifest has where the ids are", async () => {
  const [quoted, plain] = [1, 2].map((number) => `${SAID[0]} ${number}`);
  const before =
    `{% if messages[0].content == '${quoted}' %}{{ raise_exception('no ' + messages[0].content) }}{% endif %}` +
    `{% if messages[0].content == '${plain}' %}{{ raise_exception('no twos') }}{% endif %}`;
  const documents = Array.from({ length: 6 }, (_, number) => conversation(number));
  const recipe = { model: { from: "/models/tiny-llama" }, tokenizer: {} };
  await tokenize("run-refused", documents, recipe, await baseWith(before));
  const manifest = await manifestOf("run-refused");
  const { data } = await host.events.until(EVENTS.corpusTokenized, (event) => event.data.runId === "run-refused");
  expect(data.refused).toEqual({
    count: 2,
    first: [
      { source: "notes/1.md", reason: "the template's reason quotes the conversation, and is not kept" },
      { source: "notes/2.md", reason: "no twos" },
    ],
  });
  const { template: _, ...chat } = manifest.chat!;
  expect(chat).toMatchObject({ conversations: { train: 2, validation: 2 }, refused: { count: 2 } });
  expect(JSON.stringify(chat)).not.toMatch(/no twos|wheel/);
  const ids = await artifacts().bytes(chat.refused?.ids.sha256 ?? "");
  expect(new TextDecoder().decode(ids)).toBe('{"id":"doc-0001"}\n{"id":"doc-0002"}\n');
});

test("without a base model conversations are written in ChatML, whose tokens the tokenizer then has", async () => {
  await tokenize(
    "run-chatml",
    Array.from({ length: 10 }, (_, number) => conversation(number)),
  );
  const made = await manifestOf("run-chatml");
  expect(made.chat).toMatchObject({
    isBases: false,
    template: { reserved: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] },
  });
  const { decode } = loadTokenizer(new TextDecoder().decode(await artifacts().bytes(made.tokenizer.sha256)));
  const { ids, marks } = await shardOf(made.train[0]!);
  expect(decode(ids.slice(1, marks.indexOf(TOKEN_MARKS.between, 1)))).toBe(
    `<|im_start|>user\n${SAID[0]} 1<|im_end|>\n<|im_start|>assistant\n${SAID[1]} 1<|im_end|>\n`,
  );
});

test("with characters for tokens the names of all roles have some, also where no document has them", async () => {
  const documents = Array.from({ length: 6 }, (_, number) => conversation(number));
  expect(documents.some(({ text }) => text.includes("y"))).toBe(false);
  await tokenize("run-chat-characters", documents, { tokenizer: { kind: "characters" } });
  const { tokenizer: stored } = await manifestOf("run-chat-characters");
  const tokenizer = loadTokenizer(new TextDecoder().decode(await artifacts().bytes(stored.sha256)));
  expect(tokenizer.decode(tokenizer.encodeOrdinary("system\nuser\nassistant\n"))).toBe("system\nuser\nassistant\n");
});

test("a base model that has no way to write conversations is refused, in words for the user", async () => {
  const tokenizer = await put(
    readFileSync(new URL("../../../test/kit/testdata/tiny-gpt2/tokenizer.json", import.meta.url), "utf8"),
  );
  const base = tinyBase("tiny-gpt2", { "tokenizer.json": tokenizer });
  const beside = { base: { manifest: await put(JSON.stringify(base)), name: "tiny-gpt2", licence: null } };
  await tokenize(
    "run-no-template",
    [conversation(0), conversation(1)],
    { model: { from: "/m" }, tokenizer: {} },
    beside,
  );
  const failed = await host.events.until(EVENTS.stageFailed, (event) => event.data.runId === "run-no-template");
  expect(failed.data.error).toMatchObject({ code: "chat_template_missing" });
  expect(failed.data.error.message).toContain("no <|im_start|> and <|im_end|>");
});

test("GET /documents/:id tells the token range of a document, in every run", async () => {
  const response = await host.request("feature", "/api/feature/documents/doc-0007");
  const { places } = TokenPlaces.parse(await response.json());
  expect(places.map(({ runId }) => runId).sort()).toEqual([
    "run-a",
    "run-b",
    "run-base",
    "run-characters",
    "run-chat",
    "run-chatml",
  ]);
  const place = places.find(({ runId }) => runId === "run-a");
  const shard = (await manifestOf("run-a"))[place?.split ?? "train"][0];
  const bytes = await artifacts().bytes(shard?.tokens.sha256 ?? "");
  const ids = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2).slice(place?.from, place?.to);
  const manifest = await manifestOf("run-a");
  const tokenizer = loadTokenizer(new TextDecoder().decode(await artifacts().bytes(manifest.tokenizer.sha256)));
  expect(tokenizer.decode(ids.slice(1))).toBe(DOCUMENTS[7]?.text);
  const none = TokenPlaces.parse(await (await host.request("feature", "/api/feature/documents/nobody")).json());
  expect(none.places).toEqual([]);
});

test("GET /documents/:id finds the oldest of many runs", async () => {
  const { drizzle } = host.database;
  const [oldest] = await drizzle.select().from(tokenizedRuns).where(eq(tokenizedRuns.runId, "run-a"));
  const manifest = { ...oldest!.manifest, train: [], validation: [] };
  const later = { ...oldest!, manifest, createdAt: oldest!.createdAt + 1e6 };
  await drizzle
    .insert(tokenizedRuns)
    .values(Array.from({ length: 120 }, (_, at) => ({ ...later, runId: `run-later-${at}` })));
  const response = await host.request("feature", "/api/feature/documents/doc-0007");
  expect(TokenPlaces.parse(await response.json()).places.map(({ runId }) => runId)).toContain("run-a");
  await drizzle.delete(tokenizedRuns).where(like(tokenizedRuns.runId, "run-later-%"));
});

test("GET /runs/:run answers with the run, and 404 before there is one", async () => {
  expect(
    TokenizedRun.parse(await (await host.request("feature", "/api/feature/runs/run-a")).json()).vocabularySize,
  ).toBe(280);
  expect((await host.request("feature", "/api/feature/runs/run-z")).status).toBe(404);
});

test("a vocabulary that is left to the corpus is what its text supports", async () => {
  await tokenize("run-derived", DOCUMENTS, { tokenizer: {} });
  const done = await host.events.until(EVENTS.corpusTokenized, ({ data }) => data.runId === "run-derived");
  // Derived from the size it would be 512.
  expect(done.data.vocabularySize).toBeGreaterThan(257);
  expect(done.data.vocabularySize).toBeLessThan(512);
});

/** More than a vocabulary may have. */
const MANY_CHARACTERS = Array.from({ length: 200_000 }, (_, at) => String.fromCodePoint(0x10_000 + at)).join("");

test.each([
  [
    "run-vocabulary",
    DOCUMENTS,
    { tokenizer: { vocabularySize: 20_000 } },
    "vocabulary_too_large",
    /supports at most \d+/,
  ],
  [
    "run-many-characters",
    [...DOCUMENTS, { ...document(40), text: MANY_CHARACTERS }],
    { tokenizer: { kind: "characters" } },
    "vocabulary_too_large",
    /found a vocabulary of 200\d+, wanted at most 200000.* \(tokenizer\.kind\)/,
  ],
  [
    "run-context",
    DOCUMENTS.slice(0, 6),
    { model: { contextLength: 8000 } },
    "corpus_too_small",
    /train tokens, wanted at least 8001/,
  ],
  ["run-split", DOCUMENTS.slice(1, 5), {}, "corpus_too_small", /0 validation tokens/],
  [
    "run-one-conversation",
    [...DOCUMENTS, conversation(41)],
    {},
    "too_few_conversations",
    /found 1 training and 0 validation conversations among \d+ documents, the first in notes\/41\.md/,
  ],
] as const)("%s fails at once, in words for the user", async (runId, documents, overrides, code, message) => {
  await tokenize(runId, documents, overrides);
  const failed = await host.events.until(EVENTS.stageFailed, (event) => event.data.runId === runId);
  expect(failed.data.error.code).toBe(code);
  expect(failed.data.error.message).toMatch(message);
});
