/**
 * How byte-level BPE files of others cut a text into pretokens. Only published splits are known: an expression from a file is compared,
 * never run, since expressions of one engine mean something else in another, and some take for ever.
 */
import { TokenizerFormatError } from "./errors.ts";
import { GPT2_PATTERN, pretokenEnd } from "./pretoken.ts";
import { expectArray, expectObject, expectOneOf, type JsonObject } from "./read_tokenizer_json.ts";

/** Gives the pieces of a text, in order; joined they are the text. */
export type Cut = (text: string, push: (piece: string) => void) => void;

/** Llama 3 and SmolLM3: as GPT-4's, numbers in threes. */
const LLAMA3_PATTERN = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
/** Qwen 2: the same with each digit alone. */
const QWEN2_PATTERN = LLAMA3_PATTERN.replace("{1,3}", "");

const CUTS: ReadonlyMap<string, Cut> = new Map([
  [GPT2_PATTERN, cutLikeGpt2],
  ...[LLAMA3_PATTERN, QWEN2_PATTERN].map((pattern) => [pattern, cutBy(pattern)] as const),
]);

function cutLikeGpt2(text: string, push: (piece: string) => void): void {
  for (let start = 0; start < text.length;) {
    const end = pretokenEnd(text, start);
    push(text.slice(start, end));
    start = end;
  }
}

/** Cuts by an expression that leaves nothing out. */
function cutBy(pattern: string): Cut {
  // As in pretoken.ts: the reference reads \s as White_Space, JavaScript does not.
  const expression = new RegExp(
    pattern
      .replaceAll(String.raw`[^\s`, String.raw`[^\p{White_Space}`)
      .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`)
      .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`),
    "gu",
  );
  return (text, push) => {
    for (const [piece] of text.matchAll(expression)) push(piece);
  };
}

/** Every digit is a piece, and what lies between digits. */
function cutDigits(text: string, push: (piece: string) => void): void {
  for (const [piece] of text.matchAll(/\p{N}|\P{N}+/gu)) push(piece);
}

/**
 * Reads `pre_tokenizer`: ByteLevel with its own split or after others.
 * @throws {TokenizerFormatError} If a step is not known.
 */
export function readSplit(document: JsonObject): Cut {
  const path = "pre_tokenizer";
  const first = expectObject(document[path], path);
  const isSequence = first["type"] === "Sequence";
  const steps = isSequence ? expectArray(first["pretokenizers"], `${path}.pretokenizers`) : [first];
  const last = expectObject(steps.at(-1), path);
  expectOneOf(last, "type", path, ["ByteLevel"]);
  expectOneOf(last, "add_prefix_space", path, [false]);
  expectOneOf(last, "use_regex", path, [true, false, null]);
  const cuts = steps.slice(0, -1).map((step) => readStep(expectObject(step, path), path));
  if (last["use_regex"] !== false) cuts.push(cutLikeGpt2);
  const [only, ...others] = cuts;
  if (only === undefined) throw new TokenizerFormatError(path, first, "a split, in ByteLevel or before it");
  return others.reduce(
    (whole, next): Cut =>
      (text, push) =>
        whole(text, (piece) => next(piece, push)),
    only,
  );
}

function readStep(step: JsonObject, path: string): Cut {
  expectOneOf(step, "type", path, ["Split", "Digits"]);
  if (step["type"] === "Digits") {
    expectOneOf(step, "individual_digits", path, [true]);
    return cutDigits;
  }
  expectOneOf(step, "behavior", path, ["Isolated"]);
  expectOneOf(step, "invert", path, [false, null]);
  const { Regex: pattern } = expectObject(step["pattern"], `${path}.pattern`);
  const cut = typeof pattern === "string" ? CUTS.get(pattern) : undefined;
  if (cut !== undefined) return cut;
  throw new TokenizerFormatError(`${path}.pattern.Regex`, pattern, "the split of GPT-2, Llama 3 or Qwen 2");
}
