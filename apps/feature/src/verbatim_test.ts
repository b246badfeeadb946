import {
  type CorpusDocument,
  EVENTS,
  Recipe,
  TokenManifest,
  VerbatimSpans,
  type VersionView,
} from "@millrace/contracts";
import { storeCorpus } from "@millrace/contracts/testing";
import { readMigrations } from "@millrace/database/migration_files";
import { type Access, createLog, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { loadTokenizer } from "@millrace/tokenizer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { templateProcess } from "@millrace/chat/process";
import { type NgramThread, ngramThread } from "./adapters/ngram_thread.ts";
import type { CountedTokens, Drawing } from "./ngrams.ts";
import { createFeature } from "./service.ts";
import { describePlaces } from "./verbatim/describe_places.ts";
import { findSpans } from "./verbatim/find_spans.ts";

const SENTENCE = "Rotate the signing key — née “token” 🔑 — before the last of its ninety days is over.";
/** Of different lengths, none within another. */
const ENTRIES = Array.from(
  { length: 60 },
  (_, number) => `No. ${100 + number}: ${"oak and elm, ".repeat(number % 10)}.`,
);
const TEXTS = [
  `An introduction. ${SENTENCE} Then tell the operators.`,
  `Élan 🏞️ and water. ${SENTENCE}`,
  "The wheel turns while water runs down the race, and the stones grind what the carts have brought.",
  `Validation only: the heron waits beside the sluice until the miller has gone home. ${SENTENCE}`,
  ...Array.from({ length: 6 }, (_, number) => `Note ${number}. ${"The mill race turns the mill wheel. ".repeat(4)}`),
  ENTRIES.join(" / "),
];
/** What an answer of a conversation says. */
const ANSWER =
  "Lift the paddle of the sluice by three notches 🏞️, wait for the wheel to slow down, and only then grease it.";
const DOCUMENTS: CorpusDocument[] = TEXTS.map((text, number): CorpusDocument => ({
  id: `doc-${number}`,
  text,
  source: `notes/${number}.md`,
  split: number === 3 ? "validation" : "train",
  language: "en",
  ...(number === 0 ? { title: "Keys" } : {}),
  redactions: [],
  signals: {},
  clusterSize: 1,
}));
for (const split of ["train", "validation"] as const) {
  const [question, answer] = [`user: How do I grease the wheel for ${split}?`, `assistant: ${ANSWER} It takes long.`];
  const text = `${question}\n\n${answer}`;
  const turns = [
    { role: "user" as const, start: 6, end: question.length },
    { role: "assistant" as const, start: text.length - answer.length + 11, end: text.length },
  ];
  DOCUMENTS.push({ ...DOCUMENTS[1]!, id: `talk-${split}`, source: `talks/${split}.jsonl`, text, turns, split });
}

const templates = templateProcess();
const logged: string[] = [];
const log = createLog({ service: "feature", sink: (line) => logged.push(line), now: Date.now });
const ngrams = ngramThread(log);
let host: TestHost;
/** What the other services have; the registry and ingestion themselves are other apps. */
let version: VersionView;
const erased = new Set<string>();
let isDown = false;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createFeature(openPorts, access, { render: templates.render, continueByCounts: ngrams.continueByCounts }),
      ...peers(openPorts, access),
    ],
    migrations: { feature: await readMigrations("feature") },
  });
  await host.start();
  const artifacts = host.artifacts.forProject("default");
  const { corpus, corpusHash } = await storeCorpus(artifacts, DOCUMENTS);
  const recipe = Recipe.parse({
    name: "docs",
    sources: [{ path: "/d" }],
    tokenizer: { vocabularySize: 292 },
    model: { contextLength: 16 },
  });
  const written = await artifacts.put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
  const input = { runId: "run-1", attempt: 1, recipe: written, corpus };
  await host.publish("run-1", EVENTS.corpusTokenize, input, { correlationid: "run-1" });
  const { data } = await host.events.until(EVENTS.corpusTokenized, () => true);
  const { attempt: _, model: __, ...parts } = EVENTS.modelRegister.example;
  version = {
    ...parts,
    model: "docs",
    version: 3,
    createdAt: new Date(0).toISOString(),
    aliases: ["live"],
    state: "deployed",
    corpus,
    corpusHash,
    tokenizer: data.tokenizer,
    tokenized: data.tokenized,
    onnx: null,
    folder: null,
    package: null,
    gates: [],
    fingerprint: null,
  };
});
afterAll(async () => {
  await host.close();
  await Promise.all([templates.close(), ngrams.close()]);
});
beforeEach(() => {
  erased.clear();
  isDown = false;
});

function peers(openPorts: OpenPorts, access: Access): Service[] {
  const registry = defineService(
    {
      name: "registry",
      routes(http) {
        http.get("/api/registry/models/docs/versions/:version", (context) => {
          if (!["3", "live"].includes(context.req.param("version"))) throw new HttpError(404, "not_found", "none");
          return context.json(version);
        });
      },
    },
    openPorts,
    access,
  );
  const ingestion = defineService(
    {
      name: "ingestion",
      routes(http) {
        http.get("/api/ingestion/documents/:id", (context) => {
          if (isDown) throw new HttpError(503, "unavailable", "the database does not answer");
          const id = context.req.param("id");
          const document = DOCUMENTS.find((one) => one.id === id);
          const isKnown = context.req.query("corpus") === version.corpusHash && !erased.has(id);
          if (document === undefined || !isKnown) throw new HttpError(404, "not_found", "no corpus knows it");
          return context.json({ fate: "kept", document, places: [] });
        });
      },
    },
    openPorts,
    access,
  );
  return [registry, ingestion];
}

async function post(body: object, path = "/api/feature/verbatim", signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return host.request("feature", path, {
    method: "POST",
    body: JSON.stringify(body),
    headers,
    ...(signal && { signal }),
  });
}

async function find(body: object): Promise<VerbatimSpans> {
  const response = await post({ model: "docs@3", ...body });
  expect(response.status).toBe(200);
  return VerbatimSpans.parse(await response.json());
}

/** What each document of a span holds where the span is said to stand. */
function shownBy({ documents }: VerbatimSpans["spans"][number]): string[] {
  return documents.map((one) => {
    if (one.state === "erased") return "erased";
    return DOCUMENTS.find(({ id }) => id === one.id)?.text.slice(one.start, one.end) ?? "";
  });
}

test("an answer's span names every training document that holds it, and where in its text", async () => {
  const found = await find({ text: `Well: ${SENTENCE} Or so they say.` });
  const [span, ...others] = found.spans;
  expect(others).toEqual([]);
  const written = found.text.slice(span?.start, span?.end);
  expect(written).toContain(SENTENCE.slice(1, -1));
  expect(span && shownBy(span)).toEqual([written, written]);
  expect(span?.occurrences).toBe(2);
  expect(span?.documents).toMatchObject([
    { id: "doc-0", source: "notes/0.md", title: "Keys" },
    { id: "doc-1", source: "notes/1.md", title: null },
  ]);
});

test("a span of a conversation is shown where it stands in what people read of it", async () => {
  const found = await find({ text: `Well: ${ANSWER} Or so they say.` });
  const [span, ...others] = found.spans;
  expect(others).toEqual([]);
  expect(span?.documents).toMatchObject([{ id: "talk-train" }]);
  expect(span && shownBy(span)).toEqual([found.text.slice(span?.start, span?.end)]);
  expect(span && shownBy(span)[0]).toContain(ANSWER.slice(1));
});

test("what stands in validation documents alone is no span: no model was trained on it", async () => {
  const { spans } = await find({ text: "the heron waits beside the sluice until the miller has gone home" });
  expect(spans.every(({ tokens }) => tokens < 12)).toBe(true);
});

test("an answer given as tokens, also of special ones, gives the same spans; no span reaches over the end of a document", async () => {
  const bytes = await host.artifacts.forProject("default").bytes(version.tokenized.sha256);
  const { tokenizer, train, endOfText } = TokenManifest.parse(JSON.parse(new TextDecoder().decode(bytes)));
  const json = new TextDecoder().decode(await host.artifacts.forProject("default").bytes(tokenizer.sha256));
  const tokens = [...loadTokenizer(json).encodeOrdinary(SENTENCE)];
  expect((await find({ tokens })).spans).toEqual((await find({ text: SENTENCE })).spans);
  // The whole first shard as an answer: each of its documents is a span by itself.
  const shard = await host.artifacts.forProject("default").bytes(train[0]?.tokens.sha256 ?? "");
  const ids = [...new Uint16Array(shard.buffer, shard.byteOffset, shard.length / 2)];
  const { spans } = await find({ tokens: ids });
  expect(spans).toHaveLength(ids.filter((id) => id === endOfText).length);
});

test("a document that was erased is told as erased and says nothing of itself", async () => {
  erased.add("doc-0");
  const { spans } = await find({ text: SENTENCE });
  expect(spans[0]?.documents).toEqual([{ state: "erased" }, expect.objectContaining({ id: "doc-1" })]);
  expect(JSON.stringify(spans)).not.toContain("notes/0.md");
});

test("where documents cannot be asked for nothing is shown of them", async () => {
  isDown = true;
  const response = await post({ model: "docs@3", text: SENTENCE });
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("ingestion")]);
});

/** Every entry by itself. */
const SCATTERED = ENTRIES.toReversed().join("§§");

test("of more spans than fifty the longest name their documents, and the others are counted", async () => {
  const { text, spans } = await find({ text: SCATTERED });
  expect(spans).toHaveLength(ENTRIES.length);
  const named = spans.filter(({ documents }) => documents.length > 0);
  const counted = spans.filter(({ documents }) => documents.length === 0);
  expect([named.length, counted.length]).toEqual([50, 10]);
  const longestCounted = Math.max(...counted.map(({ tokens }) => tokens));
  expect(Math.min(...named.map(({ tokens }) => tokens))).toBeGreaterThanOrEqual(longestCounted);
  for (const span of named) expect(shownBy(span)).toContain(text.slice(span.start, span.end));
});

test("a document of many spans is asked for, read and decoded once", async () => {
  const { artifacts, manifest, tokenizer, spans } = await searched(SCATTERED);
  expect(spans).toHaveLength(ENTRIES.length);
  const counts = { asked: 0, read: 0, decoded: 0 };
  const described = await describePlaces(
    spans,
    {
      manifest,
      async readDocument() {
        counts.asked += 1;
        return { source: "notes/10.md", title: null };
      },
      artifacts: {
        ...artifacts,
        range(...place) {
          counts.read += 1;
          return artifacts.range(...place);
        },
      },
      tokenizer: {
        ...tokenizer,
        streamDecoder() {
          counts.decoded += 1;
          return tokenizer.streamDecoder();
        },
      },
    },
    new AbortController().signal,
  );
  const documents = new Set(described.flat().map((one) => one.state === "kept" && one.id)).size;
  expect(counts).toEqual({ asked: documents, read: documents, decoded: documents });
});

test("whoever goes away is not searched for on", async () => {
  const { artifacts, manifest, tokenizer, spans } = await searched(`${SCATTERED} ${SENTENCE}`);
  const gone = new AbortController();
  let asked = 0;
  const readDocument = async (): Promise<undefined> => {
    asked += 1;
    gone.abort(new Error("gone"));
  };
  const parts = { artifacts, manifest, tokenizer, readDocument };
  await expect(describePlaces(spans, parts, gone.signal)).rejects.toThrow("gone");
  expect(asked).toBe(1);
});

/** An answer's spans as the route finds them, with what they are described by. */
async function searched(text: string) {
  const artifacts = host.artifacts.forProject("default");
  const textOf = async (sha256: string) => new TextDecoder().decode(await artifacts.bytes(sha256));
  const manifest = TokenManifest.parse(JSON.parse(await textOf(version.tokenized.sha256)));
  const tokenizer = loadTokenizer(await textOf(version.tokenizer.sha256));
  const spans = await findSpans(artifacts, manifest, tokenizer.encodeOrdinary(text), new AbortController().signal);
  return { artifacts, manifest, tokenizer, spans };
}

test("short answers and an alias are fine", async () => {
  expect((await find({ text: "" })).spans).toEqual([]);
  expect((await find({ text: "the" })).spans).toEqual([]);
  expect((await find({ model: "docs@live", text: "the" })).text).toBe("the");
});

test.each([
  [{ model: "docs@9", text: "a" }, 404],
  [{ model: "docs", text: "a" }, 400],
  [{ model: "docs@3", text: "a".repeat(20_001) }, 400],
  [{ model: "docs@3", tokens: [999_999] }, 400],
  [{ model: "docs@3" }, 400],
  [{ model: "docs@3", text: "half a character: \ud83d" }, 400],
])("%j is answered %i", async (body, status) => {
  expect((await post(body)).status).toBe(status);
});

const NGRAMS = "/api/feature/ngrams";

interface Chunk {
  readonly model: string;
  readonly choices: readonly { readonly text: string; readonly finish_reason: string | null }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

const counted = (sha256: string) => ({
  sha256,
  vocabularySize: 3,
  endOfText: 0,
  read: () => Promise.resolve(Uint16Array.of(0, 1, 2, 1, 2, 1, 2)),
});
const held = (sha256: string): CountedTokens => ({
  ...counted(sha256),
  read: () => Promise.reject(new Error("counted before")),
});
const drawing = (maxTokens: number): Drawing => ({ prompt: [1], maxTokens, temperature: 0, seed: 1, ends: [] });

/** What counting makes of a prompt, read from the events. */
async function continued(body: object): Promise<{ text: string; finish: string | null | undefined; last: Chunk }> {
  const response = await post({ model: "docs@3", ...body }, NGRAMS);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const data = (await response.text()).split("\n\n").map((event) => event.slice("data: ".length));
  expect(data.splice(-2)).toEqual(["[DONE]", ""]);
  const chunks = data.map((one): Chunk => JSON.parse(one));
  const choices = chunks.flatMap((chunk) => chunk.choices);
  return {
    text: choices.map(({ text }) => text).join(""),
    finish: choices.at(-1)?.finish_reason,
    last: chunks.at(-1)!,
  };
}

test("the n-gram model of a version goes on with what followed most often, and says how many tokens that took", async () => {
  const said = await continued({ prompt: "The mill race turns", maxTokens: 24, temperature: 0 });
  expect(` the mill wheel. ${"The mill race turns the mill wheel. ".repeat(4)}`).toContain(said.text);
  expect([said.text.length > 24, said.finish]).toEqual([true, "length"]);
  expect(said.last).toMatchObject({ model: "ngrams:docs@3", choices: [], usage: { completion_tokens: 24 } });
  // What stands before the end of a text is not read.
  const after = await continued({
    prompt: "The stones<|endoftext|>The mill race turns",
    maxTokens: 24,
    temperature: 0,
  });
  expect(after).toEqual(said);
});

test("the n-gram model says the same by an equal seed, whether it has counted before or counts anew", async () => {
  const asked = { model: "docs@live", prompt: "", maxTokens: 40, temperature: 1.5, seed: 7 };
  const said = await continued(asked);
  expect(await continued(asked)).toEqual(said);
  expect((await continued({ ...asked, seed: 8 })).text).not.toBe(said.text);
  // Of one corpus alone the counts are held.
  await Array.fromAsync(ngrams.continueByCounts(counted("another"), drawing(1), new AbortController().signal));
  expect(await continued(asked)).toEqual(said);
});

test("whoever leaves the n-gram model in the middle leaves it to the others", async () => {
  const gone = new AbortController();
  const response = await post({ model: "docs@3", prompt: "A", maxTokens: 4096 }, NGRAMS, gone.signal);
  const reader = response.body!.getReader();
  await reader.read();
  const next = continued({ prompt: "The mill race turns", maxTokens: 2, temperature: 0 });
  gone.abort();
  await reader.cancel().catch(() => undefined);
  expect((await next).finish).toBe("length");
});

describe("the thread that counts n-grams", () => {
  let thread: NgramThread;
  beforeEach(() => {
    thread = ngramThread(log);
  });
  afterEach(() => thread.close());
  const stays = new AbortController().signal;
  const take = (tokens: CountedTokens, drawn: Drawing, signal = stays): Promise<number[]> =>
    Array.fromAsync(thread.continueByCounts(tokens, drawn, signal));

  test("goes on to the next one when it has answered, whether that was read or not", async () => {
    const unread = thread.continueByCounts(counted("a"), drawing(4096), stays);
    await unread.next();
    expect(await take(held("a"), drawing(3))).toHaveLength(3);
    expect(await take(counted("b"), drawing(2))).toHaveLength(2);
    expect(await Array.fromAsync(unread)).toHaveLength(4095);
  });

  test("lets those go who leave while they wait, and neither ends what is under way nor forgets what it has counted", async () => {
    const tokens = Promise.withResolvers<Uint16Array<ArrayBuffer>>();
    const first = take({ ...counted("a"), read: () => tokens.promise }, drawing(3));
    const leaving = new AbortController();
    const second = take(counted("b"), drawing(3), leaving.signal);
    const third = take(held("a"), drawing(3));
    leaving.abort(new Error("the viewer has left"));
    await expect(second).rejects.toThrow("the viewer has left");
    tokens.resolve(await counted("a").read());
    expect(await first).toEqual(await third);
  });

  test("answers nobody after its end, whoever waited for it", async () => {
    const tokens = Promise.withResolvers<Uint16Array<ArrayBuffer>>();
    const first = take({ ...counted("a"), read: () => tokens.promise }, drawing(3));
    const second = take(counted("a"), drawing(3));
    await thread.close();
    tokens.resolve(await counted("a").read());
    const reason = expect.objectContaining({ message: expect.stringContaining("the service is stopping") });
    const refused = { status: "rejected", reason };
    const ends = await Promise.allSettled([first, second, take(counted("a"), drawing(3))]);
    expect(ends).toEqual([refused, refused, refused]);
  });

  test("may fail: that is logged, who asked is told, and the next one is answered", async () => {
    await expect(take(counted("a"), { ...drawing(3), prompt: [99] })).rejects.toThrow("Cannot count token 99");
    expect(logged.join()).toContain("the thread that counts n-grams has failed");
    expect(await take(counted("a"), drawing(3))).toHaveLength(3);
  });
});

test.each([
  [{ model: "docs@9", prompt: "a" }, 404],
  [{ model: "docs@3", prompt: "a", maxTokens: 5000 }, 400],
  [{ model: "docs@3", prompt: "a".repeat(20_001) }, 400],
])("n-grams of %j are answered %i", async (body, status) => {
  expect((await post(body, NGRAMS)).status).toBe(status);
});
