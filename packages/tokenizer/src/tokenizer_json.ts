/**
 * Writes tokenizer.json, the file format of the Hugging Face tokenizers library.
 *
 * The split is written out as an expression, not left to the ByteLevel step: readers built on JavaScript take that
 * step's built-in expression with JavaScript's meaning of \s, and would differ from the reference on U+0085 and U+FEFF.
 */
import { GPT2_PATTERN } from "./pretoken.ts";

const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };

/** A trained byte-level BPE vocabulary, in the byte alphabet. */
export interface BpeVocabulary {
  /** Tokens by id. */
  readonly tokens: readonly string[];
  /** Merges in order of rank. */
  readonly merges: readonly (readonly [string, string])[];
  /** Those of `tokens` that are matched whole, and before anything else. */
  readonly specialTokens: readonly string[];
}

/** Special tokens as the file lists them; none swallows blanks or heeds word borders. */
function addedTokens(tokens: readonly string[], specialTokens: readonly string[]): object[] {
  return specialTokens.map((content) => ({
    id: tokens.indexOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
}

/** The vocabulary as JSON text; by hand, because objects put keys such as "10" first. */
function vocabularyJson(tokens: readonly string[]): string {
  return `{${tokens.map((token, id) => `${JSON.stringify(token)}:${id}`).join(",")}}`;
}

/** Writes a byte-level BPE tokenizer; equal vocabularies give equal bytes. */
export function bpeJson({ tokens, merges, specialTokens }: BpeVocabulary): string {
  const preTokenizer = {
    type: "Sequence",
    pretokenizers: [
      { type: "Split", pattern: { Regex: GPT2_PATTERN }, behavior: "Isolated", invert: false },
      BYTE_LEVEL,
    ],
  };
  const decoder = { ...BYTE_LEVEL, use_regex: true };
  return bpeDocument({ tokens, merges, specialTokens }, { preTokenizer, decoder, unknown: null });
}

/** A vocabulary of characters. */
export interface CharacterVocabulary extends Pick<BpeVocabulary, "tokens" | "specialTokens"> {
  /** The token that stands for all other characters. */
  readonly unknown: string;
}

/**
 * Writes a tokenizer of characters: BPE that merges nothing, since every reader knows it and gives its unknown token for a character
 * that it does not have. Equal vocabularies give equal bytes.
 */
export function charactersJson({ tokens, specialTokens, unknown }: CharacterVocabulary): string {
  // Without a decoder, readers put blanks between tokens.
  const decoder = { type: "Fuse" };
  return bpeDocument({ tokens, merges: [], specialTokens }, { preTokenizer: null, decoder, unknown });
}

interface BpeForm {
  readonly preTokenizer: object | null;
  readonly decoder: object;
  readonly unknown: string | null;
}

function bpeDocument(
  { tokens, merges, specialTokens }: BpeVocabulary,
  { preTokenizer, decoder, unknown }: BpeForm,
): string {
  const head = JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens, specialTokens),
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder,
  });
  const model = JSON.stringify({
    type: "BPE",
    dropout: null,
    unk_token: unknown,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
  });
  const mergeLines = JSON.stringify(merges.map(([left, right]) => `${left} ${right}`));
  return `${head.slice(0, -1)},"model":${model.slice(0, -1)},"vocab":${vocabularyJson(tokens)},"merges":${mergeLines}}}\n`;
}

/** A trained WordPiece vocabulary. */
export type WordPieceVocabulary = Pick<BpeVocabulary, "tokens" | "specialTokens">;

/** Writes an uncased WordPiece tokenizer as BERT's; equal vocabularies give equal bytes. */
export function wordPieceJson({ tokens, specialTokens }: WordPieceVocabulary): string {
  const head = JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(tokens, specialTokens),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  });
  const model = JSON.stringify({
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
  });
  return `${head.slice(0, -1)},"model":${model.slice(0, -1)},"vocab":${vocabularyJson(tokens)}}}\n`;
}
