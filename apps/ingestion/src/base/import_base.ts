/** Takes a model of others over: stores what is needed of it as artifacts and checks that it can be trained. */
import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, type BaseModel, baseName, type BaseSummary } from "@millrace/contracts";
import { loadTokenizer, type Tokenizer, TokenizerFormatError } from "@millrace/tokenizer";
import { checkModelFolder, describeModelFolder, type FolderFiles } from "@millrace/training";
import { parameterCount } from "@millrace/transformer";
import { putJson } from "../json_artifacts.ts";
import { type BaseFolder, BaseModelError } from "./base_folder.ts";
import { exactly } from "./exactly.ts";
import { licenceOf } from "./licence_of.ts";
import { specialIds } from "./special_ids.ts";

const CARD = "README.md";
const TOKENIZER = "tokenizer.json";
const TOKENIZER_CONFIG = "tokenizer_config.json";
/** Beside the weights. Nothing else of a folder is taken, and nothing that is run when it is read. */
const TAKEN = [
  "config.json",
  "generation_config.json",
  TOKENIZER,
  TOKENIZER_CONFIG,
  "special_tokens_map.json",
  "chat_template.jinja",
  "model.safetensors.index.json",
  CARD,
] as const;
const LICENCE = /^LICEN[CS]E(?:\.(?:md|txt))?$/i;
const LARGEST_TEXT_BYTES = 64 << 20;

export interface ImportHooks {
  /** Bytes that were taken, of so many in all. */
  readonly taken: (bytes: number, of: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Takes a base model over. The same files give the same manifest.
 * @throws {BaseModelError} If something is missing, is not what it should be, or cannot be had.
 */
export async function importBase(folder: BaseFolder, artifacts: Artifacts, hooks: ImportHooks): Promise<BaseSummary> {
  const files = new Map<string, ArtifactRef>();
  let taken = 0;
  // Known once the configuration has been looked at.
  let total: number | undefined;
  // Asked before anything large is fetched.
  const seen: FolderFiles = {
    sizes: folder.sizes,
    async read(name) {
      const ref = await take(name);
      return artifacts.bytes(ref.sha256);
    },
  };
  const { weightFiles } = await refusing(() => describeModelFolder(seen));
  const texts = [...folder.sizes.keys()].filter((name) => isTaken(name));
  const wanted = [...new Set([...texts, ...weightFiles])].sort();
  total = wanted.reduce((sum, name) => sum + (folder.sizes.get(name) ?? 0), 0);

  async function take(name: string): Promise<ArtifactRef> {
    const before = files.get(name);
    if (before) return before;
    const size = folder.sizes.get(name) ?? 0;
    if (isTaken(name) && size > LARGEST_TEXT_BYTES) {
      throw new BaseModelError(`${name} has ${size} bytes, wanted at most ${LARGEST_TEXT_BYTES}`);
    }
    hooks.signal.throwIfAborted();
    const opened = await folder.open(name, async (bytes) => {
      if (total !== undefined) await hooks.taken(taken + bytes, total);
    });
    const content = exactly(name, size, opened);
    const ref = await artifacts.put(content, mediaTypeOf(name));
    files.set(name, ref);
    return ref;
  }

  const text = async (name: string): Promise<string | undefined> => {
    const ref = files.get(name);
    return ref && new TextDecoder().decode(await artifacts.bytes(ref.sha256));
  };

  if (!folder.sizes.has(TOKENIZER)) refuseTokenizer();
  // The tokenizer before the weights: what cannot be used is not downloaded.
  for (const name of [TOKENIZER, ...wanted.filter((other) => other !== TOKENIZER)]) {
    await take(name);
    if (name === TOKENIZER) readTokenizer((await text(TOKENIZER)) ?? "");
    taken += folder.sizes.get(name) ?? 0;
    await hooks.taken(taken, total);
  }
  const stored = {
    ...seen,
    range: async (name: string, from: number, to: number) => artifacts.range((await take(name)).sha256, from, to),
  };
  const { config, bos, eos } = await refusing(() => checkModelFolder(stored));
  const tokenizer = readTokenizer((await text(TOKENIZER)) ?? "");
  requireSameVocabulary(tokenizer, config.vocabularySize);
  const tokenizerConfig = await text(TOKENIZER_CONFIG);
  const ids = specialIds(
    tokenizer,
    tokenizerConfig === undefined ? undefined : parsed(TOKENIZER_CONFIG, tokenizerConfig),
    { bos, eos },
  );
  const licence = licenceOf((await text(CARD)) ?? "");
  const base: BaseModel = {
    version: 1,
    origin: folder.origin,
    licence,
    config,
    parameters: parameterCount(config),
    ...ids,
    files: Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return { manifest: await putJson(artifacts, base), name: baseName(base), licence };
}

/**
 * Looks at a folder without taking anything.
 * @throws {BaseModelError} If it cannot be trained further.
 */
export async function describeBaseFolder(folder: BaseFolder): Promise<Pick<BaseModel, "config" | "parameters">> {
  const read = async (name: string): Promise<Uint8Array> =>
    new Uint8Array(await new Response(await folder.open(name, async () => {})).arrayBuffer());
  const { config } = await refusing(() => describeModelFolder({ sizes: folder.sizes, read }));
  if (!folder.sizes.has(TOKENIZER)) refuseTokenizer();
  return { config, parameters: parameterCount(config) };
}

function refuseTokenizer(): never {
  throw new BaseModelError(`found no ${TOKENIZER}, wanted one; other forms of a tokenizer are not read`);
}

function isTaken(name: string): boolean {
  return (TAKEN as readonly string[]).includes(name) || LICENCE.test(name);
}

function mediaTypeOf(name: string): string {
  if (name.endsWith(".safetensors")) return "application/safetensors";
  // Garbage collection follows addresses in what is called JSON; these files are of others, and name none of ours.
  return "text/plain";
}

function readTokenizer(json: string): Tokenizer {
  try {
    return loadTokenizer(json);
  } catch (error) {
    if (error instanceof TokenizerFormatError) throw new BaseModelError(error.message, { cause: error });
    throw error;
  }
}

/** Models often have more rows than their tokenizer has tokens, never fewer. */
function requireSameVocabulary({ vocabularySize }: Tokenizer, rows: number): void {
  if (vocabularySize <= rows) return;
  throw new BaseModelError(
    `tokenizer.json has ${vocabularySize} tokens, config.json a vocabulary of ${rows}: they do not belong together`,
  );
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BaseModelError(`${name} is no JSON`, { cause });
  }
}

/** What the reader of model folders says is said of the base model. */
async function refusing<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TypeError) throw new BaseModelError(error.message, { cause: error });
    throw error;
  }
}
