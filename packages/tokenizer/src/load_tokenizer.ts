import { bpeTokenizer } from "./bpe_tokenizer.ts";
import { characterTokenizer, isOfCharacters } from "./character_tokenizer.ts";
import { TokenizerFormatError } from "./errors.ts";
import { readTokenizerFile } from "./read_tokenizer_json.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordPieceTokenizer } from "./wordpiece_tokenizer.ts";

/**
 * Makes a tokenizer of a tokenizer.json.
 * @param json Text of the file, at most 64 Mi characters.
 * @throws {TokenizerFormatError} If it is malformed, or uses a part that is not implemented.
 */
export function loadTokenizer(json: string): Tokenizer {
  const file = readTokenizerFile(json);
  const type = file.model["type"] ?? "BPE";
  if (type === "BPE") return isOfCharacters(file) ? characterTokenizer(file) : bpeTokenizer(file);
  if (type === "WordPiece") return wordPieceTokenizer(file);
  throw new TokenizerFormatError("model.type", type, '"BPE" or "WordPiece"');
}
