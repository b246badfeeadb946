import { bertWordEnd, normalizeBertText } from "./bert_text.ts";
import { TokenizerFormatError } from "./errors.ts";
import { expectObject, expectOneOf, type TokenizerFile } from "./read_tokenizer_json.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

/** Begins every piece that continues a word. */
export const CONTINUATION = "##";
/** Stands for a word that cannot be spelt. */
export const UNKNOWN = "[UNK]";

const MAX_WORD_CHARACTERS = 100;
// What the decoder's clean-up writes without a blank before it.
const CLOSING = new Set([".", "?", "!", ","]);

/** Pieces of a word by longest match from the left, or undefined if it cannot be spelt. */
function piecesOf(word: string, idOf: ReadonlyMap<string, number>): number[] | undefined {
  const characters = [...word];
  if (characters.length > MAX_WORD_CHARACTERS) return undefined;
  const ids: number[] = [];
  for (let start = 0; start < characters.length;) {
    let end = characters.length;
    let id: number | undefined;
    for (; end > start; end--) {
      id = idOf.get((start > 0 ? CONTINUATION : "") + characters.slice(start, end).join(""));
      if (id !== undefined) break;
    }
    if (id === undefined) return undefined;
    ids.push(id);
    start = end;
  }
  return ids;
}

/**
 * Makes a WordPiece tokenizer of a parsed file, with BERT's normalizer and split. Decoding joins pieces and puts a blank
 * between words: case, accents and the blanks of the text are lost, as in every BERT tokenizer.
 * @throws {TokenizerFormatError} If the file asks for anything that is not implemented here.
 */
export function wordPieceTokenizer(file: TokenizerFile): Tokenizer {
  const normalizer = expectObject(file.document["normalizer"], "normalizer");
  expectOneOf(normalizer, "type", "normalizer", ["BertNormalizer"]);
  expectOneOf(normalizer, "clean_text", "normalizer", [true]);
  expectOneOf(normalizer, "handle_chinese_chars", "normalizer", [true]);
  expectOneOf(normalizer, "lowercase", "normalizer", [true, false]);
  const lowercase = normalizer["lowercase"] === true;
  expectOneOf(normalizer, "strip_accents", "normalizer", [null, lowercase]);
  expectOneOf(expectObject(file.document["pre_tokenizer"], "pre_tokenizer"), "type", "pre_tokenizer", [
    "BertPreTokenizer",
  ]);
  const decoder = expectObject(file.document["decoder"], "decoder");
  expectOneOf(decoder, "type", "decoder", ["WordPiece"]);
  expectOneOf(decoder, "prefix", "decoder", [CONTINUATION]);
  expectOneOf(file.model, "continuing_subword_prefix", "model", [CONTINUATION]);
  expectOneOf(file.model, "max_input_chars_per_word", "model", [MAX_WORD_CHARACTERS]);
  expectOneOf(file.model, "unk_token", "model", [UNKNOWN]);
  const { tokens, idOf } = file;
  const unknown = idOf.get(UNKNOWN);
  if (unknown === undefined) throw new TokenizerFormatError("model.vocab", UNKNOWN, `a vocabulary with ${UNKNOWN}`);
  const isClosing = (token: string): boolean => decoder["cleanup"] === true && CLOSING.has(token);

  return createTokenizer({
    kind: "wordpiece",
    vocabularySize: tokens.length,
    specialTokens: file.addedTokens,
    encodePart(text, push) {
      const clean = normalizeBertText(text, lowercase);
      for (let start = 0; start < clean.length;) {
        const end = bertWordEnd(clean, start);
        if (clean[start] !== " ") for (const id of piecesOf(clean.slice(start, end), idOf) ?? [unknown]) push(id);
        start = end;
      }
    },
    streamDecoder() {
      let isFirst = true;
      return {
        push(id) {
          const token = tokens[id];
          if (token === undefined) throw new RangeError(`Cannot decode token ${id}: the vocabulary has no such id`);
          const wasFirst = isFirst;
          isFirst = false;
          if (wasFirst) return token;
          if (token.startsWith(CONTINUATION)) return token.slice(CONTINUATION.length);
          return isClosing(token) ? token : ` ${token}`;
        },
        flush: () => "",
      };
    },
  });
}
