/** Exported folders as Python's transformers and peft have read them: `testdata/make_model_folder_golden.py`. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { renderedEncoder, type TemplateMessage } from "@millrace/chat";
import { templateProcess } from "@millrace/chat/process";
import { onnxC } from "@millrace/execution/onnx_c";
import { loadTokenizer } from "@millrace/tokenizer";
import { afterAll, describe, expect, test } from "vitest";
import { openScorer } from "./gates/scorer.ts";
import { goldenFolders } from "./testing/golden_folders.ts";

/** What transformers says of a folder. */
interface Reading {
  readonly files: Readonly<Record<string, string>>;
  readonly classes: readonly string[];
  /** Of the tokenizer text and id, of the model, of its generation. */
  readonly bos: readonly unknown[];
  readonly eos: readonly unknown[];
  readonly contextLength: readonly number[];
  /** Tokens that the tokenizer sets before a text. */
  readonly prefix: readonly number[];
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[]; readonly decoded: string }[];
  readonly tokens: readonly number[];
  /** Of the last two places; `adapted` of the base model with the adapters beside it. */
  readonly logits: readonly number[];
  readonly adapted?: readonly number[];
  readonly chat?: {
    readonly messages: readonly TemplateMessage[];
    readonly text: string;
    readonly ids: readonly number[];
  };
}

const golden = JSON.parse(readFileSync(new URL("testdata/model_folder_golden.json", import.meta.url), "utf8")) as {
  readonly folders: Readonly<Record<string, Reading>>;
};
const folders = await goldenFolders();
const executor = onnxC();
const templates = templateProcess();
afterAll(() => Promise.all([executor.close(), templates.close()]));

test("transformers has read every kind of folder", () => {
  expect(Object.keys(golden.folders)).toEqual(Object.keys(folders).sort());
});

describe.each(Object.entries(golden.folders))("the model folder of %s, in Python's transformers,", (name, theirs) => {
  const { made, files } = folders[name]!;
  const { config, parameters, bos, eos, chat } = made;
  const tokenizer = loadTokenizer(made.json);

  test("is the folder that is exported", () => {
    const read = Object.entries(files).filter(([path]) => !/\.(?:md|onnx)$/.test(path));
    const hashes = read.map(([path, bytes]) => [path, createHash("sha256").update(bytes).digest("hex")]);
    expect(Object.fromEntries(hashes)).toEqual(theirs.files);
  });

  test("has the classes, the special tokens and the context that it has here", () => {
    const isOwn = made.base === undefined && made.tokenizerKind === "bpe";
    expect(theirs.classes).toEqual([
      isOwn ? "GPT2Tokenizer" : "TokenizersBackend",
      config.architecture === "gpt2" ? "GPT2LMHeadModel" : "LlamaForCausalLM",
    ]);
    const endOfTurn = chat?.template.endOfTurn ?? eos.id;
    expect(theirs.bos).toEqual([bos.text, bos.id, bos.id, bos.id]);
    expect(theirs.eos).toEqual([eos.text, eos.id, eos.id, endOfTurn === eos.id ? eos.id : [eos.id, endOfTurn]]);
    expect(theirs.contextLength).toEqual([config.contextLength, config.contextLength]);
    expect(theirs.prefix).toEqual(bos.id === eos.id ? [] : [bos.id]);
  });

  test("has the tokens and the texts that it has here", () => {
    for (const { text, ids, decoded } of theirs.texts) {
      expect([...tokenizer.encode(text)]).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
  });

  test("has the conversation that it has here, as text and as tokens, or no template", async () => {
    expect(theirs.chat !== undefined).toBe(chat !== undefined);
    if (theirs.chat === undefined || chat === undefined) return;
    const { messages, text, ids } = theirs.chat;
    const rendering = { upTo: messages.length, forAnswer: true };
    const ours = await templates.render(chat.template, messages, [rendering]);
    expect(ours.text).toBe(text);
    expect([...renderedEncoder(tokenizer)(ours.text)]).toEqual(ids);
  });

  test("has the logits that it has here, with adapters beside its base model too", async () => {
    const scorer = await openScorer(executor, { config, parameters, weights: "float32" });
    const end = theirs.tokens.length * config.vocabularySize;
    const found = (await scorer.score(theirs.tokens)).subarray(end - 2 * config.vocabularySize, end);
    await scorer.close();
    for (const logits of [theirs.logits, ...(theirs.adapted ? [theirs.adapted] : [])]) {
      expect(logits).toHaveLength(found.length);
      const distance = Math.max(...logits.map((value, at) => Math.abs(value - found[at]!)));
      expect(distance).toBeLessThan(1e-4 * Math.max(1, ...logits.map(Math.abs)));
    }
    expect(theirs.adapted !== undefined).toBe(made.adapter !== undefined);
  });
});
