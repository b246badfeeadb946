import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileStore } from "@millrace/artifacts/file";
import { BaseModel } from "@millrace/contracts";
import { loadTokenizer } from "@millrace/tokenizer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { modelFolder } from "../adapters/model_folder.ts";
import { exactly } from "./exactly.ts";
import { importBase } from "./import_base.ts";
import { licenceOf } from "./licence_of.ts";
import { specialIds } from "./special_ids.ts";

const MODELS = fileURLToPath(new URL("../../../../test/kit/testdata/", import.meta.url));

let folder: string;
let model: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-base-"));
  model = join(folder, "model");
  await cp(join(MODELS, "tiny-gpt2"), model, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const artifacts = () => fileStore(join(folder, "artifacts")).forProject("default");

async function take(path = model, within?: string): Promise<BaseModel> {
  const hooks = { taken: async () => {}, signal: new AbortController().signal };
  const { manifest } = await importBase(await modelFolder(path, within), artifacts(), hooks);
  return BaseModel.parse(JSON.parse(new TextDecoder().decode(await artifacts().bytes(manifest.sha256))));
}

async function edit(name: string, change: (content: Record<string, unknown>) => void): Promise<void> {
  const content = JSON.parse(await readFile(join(model, name), "utf8")) as Record<string, unknown>;
  change(content);
  await writeFile(join(model, name), JSON.stringify(content));
}

describe("importBase()", () => {
  test("importBase() takes a folder that transformers saved, in shards, with two tokens around a text and a padded vocabulary", async () => {
    const base = await take(join(MODELS, "tiny-llama"));
    expect(base).toMatchObject({
      origin: { kind: "folder", folder: "tiny-llama" },
      licence: "a-licence-of-its-own",
      bos: 0,
      eos: 1,
      config: { architecture: "llama", keyValueHeads: 2, vocabularySize: 368, contextLength: 64, tied: true },
    });
    expect(Object.keys(base.files).filter((name) => name.endsWith(".safetensors"))).toHaveLength(2);
  });

  test("importBase() gives the same manifest for the same files", async () => {
    expect(await take()).toEqual(await take());
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["no tokenizer", () => rm(join(model, "tokenizer.json")), "found no tokenizer.json"],
    ["no weights", () => rm(join(model, "model.safetensors")), "found neither model.safetensors nor"],
    [
      "pickled weights",
      () => rename(join(model, "model.safetensors"), join(model, "pytorch_model.bin")),
      "reading a pickle runs what stands in it",
    ],
    [
      "a link in place of the weights",
      async () => {
        await rename(join(model, "model.safetensors"), join(folder, "weights"));
        await symlink(join(folder, "weights"), join(model, "model.safetensors"));
      },
      "found neither model.safetensors nor",
    ],
    [
      "a tokenizer of another model",
      () => cp(join(MODELS, "tiny-llama/tokenizer.json"), join(model, "tokenizer.json")),
      '"<|endoftext|>" as eos_token, which tokenizer.json does not have',
    ],
    [
      "more tokens than the model has rows",
      () =>
        edit("tokenizer.json", (file) => (file["added_tokens"] as object[]).push({ id: 384, content: "<one more>" })),
      "tokenizer.json has 385 tokens, config.json a vocabulary of 384: they do not belong together",
    ],
    [
      "a tokenizer of SentencePiece's kind",
      () => edit("tokenizer.json", (file) => ((file["model"] as { byte_fallback: boolean }).byte_fallback = true)),
      "model.byte_fallback: expected a byte-level vocabulary, as GPT-2 and Llama 3 have",
    ],
    [
      "a tokenizer that is not implemented",
      () => edit("tokenizer.json", (file) => ((file["model"] as { type: string }).type = "Unigram")),
      'model.type: expected "BPE" or "WordPiece", found "Unigram"',
    ],
    [
      "a model of another kind",
      () => edit("config.json", (file) => (file["model_type"] = "mamba")),
      'found model_type "mamba", wanted "gpt2" or "llama"',
    ],
    [
      "a configuration of other weights",
      () => edit("config.json", (file) => (file["n_embd"] = 8)),
      "has the shape [48], wanted [24] as config.json says",
    ],
  ])("importBase() refuses a folder with %s", async (_, spoil, message) => {
    await spoil();
    await expect(take()).rejects.toThrow(message);
    await expect(take()).rejects.toMatchObject({ name: "BaseModelError", mayPass: false });
  });
});

describe("modelFolder()", () => {
  test("modelFolder() reads the folders of Hugging Face's cache, whose files are links into one beside them", async () => {
    const [blobs, snapshot] = [join(folder, "models--a--b/blobs"), join(folder, "models--a--b/snapshots/0123")];
    await mkdir(snapshot, { recursive: true });
    await rename(model, blobs);
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
      await symlink(`../../blobs/${name}`, join(snapshot, name));
    }
    await writeFile(join(folder, "secret"), "secret");
    await symlink(join(folder, "secret"), join(snapshot, "README.md"));
    expect(Object.keys((await take(snapshot)).files)).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
  });

  test("modelFolder() leaves the folder that recipes may name models in neither by a path nor by a link", async () => {
    const within = join(folder, "within");
    await mkdir(within);
    await symlink(model, join(within, "link"));
    for (const path of [model, join(within, "../model"), join(within, "link")]) {
      await expect(take(path, within)).rejects.toThrow(`wanted one in ${within}`);
    }
    await rename(model, join(within, "own"));
    expect((await take(join(within, "own"), within)).origin).toEqual({ kind: "folder", folder: "own" });
  });

  test("modelFolder() follows no link named blobs, and none out of the folder that recipes may name models in", async () => {
    const cache = join(folder, "within/models--a--b");
    const snapshot = join(cache, "snapshots/0123");
    await mkdir(snapshot, { recursive: true });
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
      await symlink(`../../blobs/${name}`, join(snapshot, name));
    }
    await symlink(model, join(cache, "blobs"));
    expect([...(await modelFolder(snapshot, join(folder, "within"))).sizes]).toEqual([]);
    expect([...(await modelFolder(snapshot)).sizes]).toEqual([]);
    await rm(join(cache, "blobs"));
    await rename(model, join(cache, "blobs"));
    expect((await modelFolder(snapshot, join(folder, "within"))).sizes.size).toBe(3);
    expect([...(await modelFolder(snapshot, snapshot)).sizes]).toEqual([]);
  });

  test("modelFolder() says what it wants where there is nothing, or a file", async () => {
    await expect(take(join(folder, "none"))).rejects.toThrow("found nothing at");
    await expect(take(join(model, "config.json"))).rejects.toThrow("wanted a folder");
  });
});

describe("specialIds()", () => {
  const tokenizer = {
    specialTokens: new Map([
      ["<s>", 1],
      ["</s>", 2],
    ]),
    vocabularySize: 9,
  };
  const none = { bos: undefined, eos: [] };

  test("specialIds() believes the tokenizer's configuration first, then the model's", () => {
    const written = { bos_token: { content: "<s>" }, eos_token: "</s>" };
    expect(specialIds(tokenizer, written, { bos: 7, eos: [8] })).toEqual({ bos: 1, eos: 2 });
    expect(specialIds(tokenizer, {}, { bos: 7, eos: [8, 6] })).toEqual({ bos: 7, eos: 8 });
    expect(specialIds(tokenizer, undefined, { bos: 7, eos: [] })).toEqual({ bos: 7, eos: 7 });
    expect(specialIds(tokenizer, { bos_token: null, eos_token: "</s>" }, none)).toEqual({ bos: 2, eos: 2 });
  });

  test("specialIds() refuses a token that there is not, and a model that knows none", () => {
    expect(() => specialIds(tokenizer, {}, { bos: 9, eos: [] })).toThrow("config.json names 9 as bos_token_id");
    expect(() => specialIds(tokenizer, { eos_token: "<end>" }, none)).toThrow('names "<end>" as eos_token');
    expect(() => specialIds(tokenizer, {}, none)).toThrow("neither tokenizer_config.json nor config.json");
  });

  test("specialIds() reads what the tokenizer of a real folder has", async () => {
    const real = loadTokenizer(await readFile(join(MODELS, "tiny-llama/tokenizer.json"), "utf8"));
    expect(specialIds(real, { bos_token: "<|begin_of_text|>" }, none)).toEqual({ bos: 0, eos: 0 });
  });
});

test.each([
  ["---\nlicense: apache-2.0\n---\ntext", "apache-2.0"],
  ["---\r\nlicense: [mit, bsd]\r\n---\r\n", "mit, bsd"],
  ["---\nlicense: other\nlicense_name: llama3\n---\n", "llama3"],
  ["---\nlicense: 3\n---\n", null],
  ["---\n: [broken\n---\n", null],
  ["---\na: &a [*a, *a]\nlicense: x\n---\n", null],
  ["license: mit", null],
  ["", null],
])("licenceOf(%j)", (card, licence) => {
  expect(licenceOf(card)).toBe(licence);
});

function read(size: number): Promise<ArrayBuffer> {
  return new Response(exactly("x", size, new Blob(["four"]).stream())).arrayBuffer();
}

test("exactly() lets neither more nor less through than was said", async () => {
  expect((await read(4)).byteLength).toBe(4);
  await expect(read(3)).rejects.toThrow("x has more than 3 bytes, wanted 3");
  await expect(read(5)).rejects.toThrow("x has only 4 bytes, wanted 5");
});
