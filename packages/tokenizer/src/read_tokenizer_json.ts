/**
 * Reads files of the Hugging Face tokenizers library, ours and others'. What is not implemented
 * (other splits, normalizers, models, blanks swallowed by added tokens) is refused: a tokenizer that is nearly right
 * is wrong without anybody noticing.
 */
import { TokenizerFormatError } from "./errors.ts";

const MAX_FILE_UNITS = 64 * 1024 * 1024;
const MAX_ID = 2 ** 22;

/** The parts of a tokenizer.json that all models share, checked. */
export interface TokenizerFile {
  readonly document: JsonObject;
  readonly model: JsonObject;
  /** Token of each id; ids may have gaps. Added tokens included. */
  readonly tokens: readonly (string | undefined)[];
  readonly idOf: ReadonlyMap<string, number>;
  /** Content -> id of the tokens that are cut out of a text first. */
  readonly addedTokens: ReadonlyMap<string, number>;
  /** Those of them that are text like other text: runs of blanks, for example. */
  readonly plainTokens: ReadonlySet<string>;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function expectObject(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TokenizerFormatError(path, value, "an object");
  }
  return value as JsonObject;
}

export function expectArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TokenizerFormatError(path, value, "an array");
  return value;
}

function expectId(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value >= MAX_ID) {
    throw new TokenizerFormatError(path, value, `an id from 0 to ${MAX_ID - 1}`);
  }
  return value;
}

/** Refuses a field that is neither absent nor one of the given values. */
export function expectOneOf(object: JsonObject, key: string, path: string, wanted: readonly unknown[]): void {
  const value = object[key] ?? null;
  if (!wanted.includes(value)) {
    throw new TokenizerFormatError(`${path}.${key}`, value, wanted.map((one) => JSON.stringify(one)).join(" or "));
  }
}

function readAddedTokens(document: JsonObject): Pick<TokenizerFile, "addedTokens" | "plainTokens"> {
  const added = new Map<string, number>();
  const plain = new Set<string>();
  for (const [index, value] of expectArray(document["added_tokens"] ?? [], "added_tokens").entries()) {
    const path = `added_tokens[${index}]`;
    const token = expectObject(value, path);
    const content = token["content"];
    if (typeof content !== "string" || content === "") {
      throw new TokenizerFormatError(`${path}.content`, content, "a text that is not empty");
    }
    for (const flag of ["lstrip", "rstrip", "single_word"]) expectOneOf(token, flag, path, [false, null]);
    added.set(content, expectId(token["id"], `${path}.id`));
    if (token["special"] === false) plain.add(content);
  }
  return { addedTokens: added, plainTokens: plain };
}

/**
 * Parses a file and checks what all models share.
 * @throws {TokenizerFormatError} If it is no JSON, too large, or malformed.
 */
export function readTokenizerFile(json: string): TokenizerFile {
  if (json.length > MAX_FILE_UNITS) {
    throw new TokenizerFormatError("file", json.length, `at most ${MAX_FILE_UNITS} characters`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // The reason would quote the file, which may be any of that name.
    throw new TokenizerFormatError("file", "something else", "JSON");
  }
  const document = expectObject(parsed, "file");
  const model = expectObject(document["model"], "model");
  const { addedTokens, plainTokens } = readAddedTokens(document);
  const idOf = new Map<string, number>();
  const tokens: (string | undefined)[] = [];
  const entries = [...Object.entries(expectObject(model["vocab"], "model.vocab")), ...addedTokens];
  for (const [token, value] of entries) {
    const path = `model.vocab[${JSON.stringify(token)}]`;
    const id = expectId(value, path);
    const other = tokens[id];
    if (other !== undefined && other !== token) {
      throw new TokenizerFormatError(path, id, `an id of its own (${JSON.stringify(other)} has it)`);
    }
    tokens[id] = token;
    idOf.set(token, id);
  }
  return { document, model, tokens, idOf, addedTokens, plainTokens };
}
