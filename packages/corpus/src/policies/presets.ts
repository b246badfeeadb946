/**
 * The policies that come with the package. Thresholds stand beside their source; reason codes of published filters are kept, so
 * that counts can be compared with other pipelines.
 */
import { DUPLICATE_SIZES } from "../signals/repetition.ts";
import type { Policy, Rule } from "./policy.ts";

/** Gopher, table A1. A bound is a share of the characters of the text. */
const DUPLICATE_GRAM_LIMITS = { 5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1 } as const;

const GOPHER_REPETITION: readonly Rule[] = [
  { signal: "duplicate_paragraph_ratio", max: 0.3, reason: "dup_para_frac" },
  { signal: "duplicate_paragraph_character_ratio", max: 0.2, reason: "dup_para_char_frac" },
  { signal: "duplicate_line_ratio", max: 0.3, reason: "dup_line_frac" },
  { signal: "duplicate_line_character_ratio", max: 0.2, reason: "dup_line_char_frac" },
  { signal: "top_2_gram_character_ratio", max: 0.2, reason: "top_2_gram" },
  { signal: "top_3_gram_character_ratio", max: 0.18, reason: "top_3_gram" },
  { signal: "top_4_gram_character_ratio", max: 0.16, reason: "top_4_gram" },
  ...DUPLICATE_SIZES.map((size): Rule => ({
    signal: `duplicate_${size}_gram_character_ratio`,
    max: DUPLICATE_GRAM_LIMITS[size],
    reason: `duplicated_${size}_n_grams`,
  })),
];

const GOPHER_QUALITY: readonly Rule[] = [
  { signal: "gopher_words", min: 50, reason: "gopher_short_doc" },
  { signal: "gopher_words", max: 100_000, reason: "gopher_long_doc" },
  { signal: "gopher_mean_word_length", min: 3, reason: "gopher_below_avg_threshold" },
  { signal: "gopher_mean_word_length", max: 10, reason: "gopher_above_avg_threshold" },
  { signal: "gopher_hash_word_ratio", max: 0.1, reason: "gopher_too_many_hashes" },
  { signal: "gopher_ellipsis_word_ratio", max: 0.1, reason: "gopher_too_many_ellipsis" },
  { signal: "gopher_bullet_line_ratio", max: 0.9, reason: "gopher_too_many_bullets" },
  { signal: "gopher_ellipsis_line_ratio", max: 0.3, reason: "gopher_too_many_end_ellipsis" },
  { signal: "gopher_alphabetic_word_ratio", min: 0.8, reason: "gopher_below_alpha_threshold" },
  { signal: "gopher_stop_words", min: 2, reason: "gopher_enough_stop_words" },
];

const C4: readonly Rule[] = [
  { signal: "c4_lorem_ipsum", max: 0, reason: "lorem_ipsum" },
  { signal: "c4_curly_bracket", max: 0, reason: "curly_bracket" },
  { signal: "c4_sentences", min: 5, reason: "too_few_sentences" },
];

const FINEWEB: readonly Rule[] = [
  { signal: "fineweb_lines", min: 1, reason: "empty" },
  { signal: "fineweb_line_punctuation_ratio", min: 0.12, reason: "line_punct_ratio" },
  { signal: "fineweb_short_line_ratio", max: 0.67, reason: "short_line_ratio" },
  { signal: "fineweb_duplicate_line_character_ratio", max: 0.01, reason: "char_dup_ratio" },
  { signal: "fineweb_newline_word_ratio", max: 0.3, reason: "list_ratio" },
];

/**
 * FineWeb's filters on English web pages: Gopher repetition and quality, C4 without the terminal mark rule, FineWeb quality.
 * Language is not part of it: a recipe which wants FineWeb's English only sets `languages: [en]` and a bound of 0.65 on
 * `language_confidence`.
 */
const WEB: Policy = {
  name: "web",
  text: "c4_lines",
  languages: [],
  rules: [...GOPHER_REPETITION, ...GOPHER_QUALITY, ...C4, ...FINEWEB],
};

/**
 * Local documentation: code, tables and braces are welcome and stand outside the symbol rules; any language; near-empty pages,
 * word lists, repeated boilerplate, licences and lists of releases are not. Repetition is asked of the prose with twice Gopher's
 * bounds, because reference pages repeat themselves on purpose.
 */
const DOCUMENTATION: Policy = {
  name: "documentation",
  text: "original",
  languages: [],
  rules: [
    { signal: "prose_words", min: 20, reason: "too_little_prose" },
    { signal: "prose_mean_word_length", min: 2.5, max: 12, reason: "unusual_word_length" },
    { signal: "prose_symbol_word_ratio", max: 0.1, reason: "too_many_symbols" },
    { signal: "prose_alphabetic_word_ratio", min: 0.5, reason: "too_few_words_with_letters" },
    { signal: "prose_duplicate_line_character_ratio", max: 0.3, reason: "repeated_lines" },
    { signal: "prose_duplicate_5_gram_character_ratio", max: 0.3, reason: "repeated_phrases" },
    { signal: "prose_duplicate_10_gram_character_ratio", max: 0.2, reason: "repeated_passages" },
    { signal: "c4_lorem_ipsum", max: 0, reason: "lorem_ipsum" },
    { signal: "licence_ratio", max: 0.4, reason: "licence" },
    { signal: "release_heading_ratio", max: 0.5, reason: "release_notes" },
  ],
};

/** Only what no corpus wants: texts of fewer than five words, in any script. */
const MINIMAL: Policy = {
  name: "minimal",
  text: "original",
  languages: [],
  rules: [{ signal: "written_words", min: 5, reason: "gopher_short_doc" }],
};

/** The policies by name. */
export const POLICIES = { web: WEB, documentation: DOCUMENTATION, minimal: MINIMAL } as const satisfies Readonly<
  Record<string, Policy>
>;

/** Name of a policy that comes with the package. */
export type PolicyName = keyof typeof POLICIES;
