/**
 * Model folders of every kind that is exported, always the same. Run as a program with the path of an empty folder it writes them there,
 * for `testdata/make_model_folder_golden.py`.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileStore } from "@millrace/artifacts/file";
import { CHATML, CHATML_TEXT, CHATML_TOKENS, readChatTemplate } from "@millrace/chat";
import { loadTokenizer, trainBpe, trainCharacters } from "@millrace/tokenizer";
import { readModelFolder, writeModel, writeSafetensors } from "@millrace/training";
import {
  type AdapterConfig,
  adapterLayout,
  huggingFaceAdapterConfig,
  initialParameters,
  mergeAdapters,
  type ModelConfig,
  parameterLayout,
} from "@millrace/transformer";
import { type FolderParts, storeModelFolder } from "../model_folder.ts";

/** Bytes of files by path. */
type Files = Readonly<Record<string, Uint8Array>>;

/** What a folder holds beside what the store keeps. */
interface Made extends Omit<FolderParts, "checkpoint" | "tokenizer" | "adapter" | "model" | "version"> {
  /** Contents of `tokenizer.json`. */
  readonly json: string;
  /** Files of adapters: `adapter_config.json`, `adapter_model.safetensors`. */
  readonly adapter?: { readonly config: Uint8Array; readonly weights: Uint8Array };
}

const BASE = fileURLToPath(new URL("../../../../test/kit/testdata/tiny-llama/", import.meta.url));
const END_OF_TEXT = "<|endoftext|>";
const SENTENCE = "the mill race leads the stream to the mill wheel, and 12 wheels turn. ";
const SHAPE = { contextLength: 24, layers: 2, heads: 2, width: 16 } as const;
const ADAPTERS: AdapterConfig = { rank: 3, alpha: 6, targets: ["attention", "feedForward"] };

const baseText = (name: string): Promise<string> => readFile(BASE + name, "utf8");
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Numbers of both signs, at most a quarter, that are the same everywhere. */
function lively(length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => (((at * 7919) % 2001) - 1000) / 4000);
}

/** A model whose parameters are all at no special value, and its own tokenizer. */
function ofOwn(json: string, shape: Pick<ModelConfig, "architecture" | "keyValueHeads">): Made {
  const { kind, vocabularySize, specialTokens } = loadTokenizer(json);
  const config = { ...SHAPE, ...shape, vocabularySize };
  const parameters = initialParameters(config, 3);
  const moved = lively(parameters.length);
  for (const { offset, size } of parameterLayout(config)) {
    for (let at = offset; at < offset + size; at++) parameters[at]! += moved[at]!;
  }
  const end = { id: specialTokens.get(END_OF_TEXT)!, text: END_OF_TEXT };
  return { json, config, parameters, tokenizerKind: kind, bos: end, eos: end };
}

async function ofConversations(): Promise<Made> {
  const specialTokens = [END_OF_TEXT, ...CHATML_TOKENS];
  const { json } = await trainBpe([CHATML_TEXT + SENTENCE.repeat(8)], { vocabularySize: 290, specialTokens });
  const endOfTurn = loadTokenizer(json).specialTokens.get("<|im_end|>")!;
  const count = { train: 7, validation: 2 };
  const chat = { template: { ...CHATML, endOfTurn }, isBases: false, conversations: count, answerTokens: count };
  return { ...ofOwn(json, { architecture: "llama", keyValueHeads: 1 }), chat };
}

/** The tiny Llama of others with adapters, merged and apart, and the chat template that it comes with. */
async function ofAdapters(): Promise<Made> {
  const sizes = new Map<string, number>();
  for (const file of await readdir(BASE)) sizes.set(file, (await stat(BASE + file)).size);
  const { config, parameters } = await readModelFolder({ sizes, read: (name) => readFile(BASE + name) }, 24);
  const layout = adapterLayout(config, ADAPTERS);
  const last = layout.at(-1)!;
  const vector = lively(last.offset + last.size);
  await mergeAdapters(config, ADAPTERS, parameters, vector, async () => {});
  const tensors = layout.map(({ name, shape, offset, size }) => {
    return [name, { shape, data: vector.subarray(offset, offset + size) }] as const;
  });
  const template = readChatTemplate(await baseText("tokenizer_config.json"), await baseText("chat_template.jinja"));
  const count = { train: 7, validation: 2 };
  return {
    json: await baseText("tokenizer.json"),
    config,
    parameters,
    tokenizerKind: "bpe",
    bos: { id: 0, text: "<|begin_of_text|>" },
    eos: { id: 1, text: "<|end_of_text|>" },
    base: {
      manifest: { sha256: "0".repeat(64), sizeBytes: 1, mediaType: "application/json" },
      name: "tiny-llama",
      licence: null,
    },
    chat: { template: { ...template!, endOfTurn: 1 }, isBases: true, conversations: count, answerTokens: count },
    adapter: {
      config: bytesOf(JSON.stringify(huggingFaceAdapterConfig("tiny-llama", config, ADAPTERS))),
      weights: writeSafetensors(new Map(tensors), { format: "pt" }),
    },
  };
}

/** Makes the folders by name. */
export async function goldenFolders(): Promise<
  Readonly<Record<string, { readonly made: Made; readonly files: Files }>>
> {
  const documents = (await trainBpe([SENTENCE.repeat(8)], { vocabularySize: 280 })).json;
  const characters = (await trainCharacters([`${SENTENCE}réel`])).json;
  const made: Record<string, Made> = {
    documents: ofOwn(documents, { architecture: "gpt2" }),
    characters: ofOwn(characters, { architecture: "gpt2" }),
    conversations: await ofConversations(),
    adapters: await ofAdapters(),
  };
  const store = await mkdtemp(join(tmpdir(), "millrace-folders-"));
  try {
    const whole = await Promise.all(
      Object.entries(made).map(
        async ([name, one]) => [name, { made: one, files: await exported(store, one) }] as const,
      ),
    );
    return Object.fromEntries(whole);
  } finally {
    await rm(store, { recursive: true });
  }
}

async function exported(store: string, { json, adapter, ...made }: Made): Promise<Files> {
  const artifacts = fileStore(store).forProject("default");
  const { folder } = await storeModelFolder(artifacts, {
    ...made,
    model: "docs",
    version: 1,
    checkpoint: await artifacts.put(writeModel(made.config, made.parameters), "application/safetensors"),
    tokenizer: await artifacts.put(bytesOf(json), "application/json"),
    adapter: adapter && {
      config: await artifacts.put(adapter.config, "application/json"),
      weights: await artifacts.put(adapter.weights, "application/safetensors"),
    },
  });
  const files = Object.entries(folder.files).map(async ([path, { sha256 }]) => {
    return [path, await artifacts.bytes(sha256)] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

if (import.meta.main) {
  const [target = ""] = process.argv.slice(2);
  for (const [name, { files }] of Object.entries(await goldenFolders())) {
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(target, name, path)), { recursive: true });
      await writeFile(join(target, name, path), bytes);
    }
  }
}
