/**
 * Names of all signals, in the order in which they are given. Ratios are shares in [0, 1] unless a unit is said; "per word" may
 * be more than 1. The prefix tells the view of the text: none and `gopher_` the text as it is, `fineweb_` what C4's line rules
 * leave of it, `prose_` its running text without code, tables and marks of Markdown.
 */
export const SIGNAL_NAMES = [
  // Code points; words and marks.
  "characters",
  "words",
  // Confidence of the detected language, 0 when none is given.
  "language_confidence",
  // Words which are not pure punctuation, and their mean code points.
  "gopher_words",
  "gopher_mean_word_length",
  // The same as a language writes them: each letter of a script without spaces is a word.
  "written_words",
  // `#` signs and ellipses per word.
  "gopher_hash_word_ratio",
  "gopher_ellipsis_word_ratio",
  // Lines that begin with a bullet, lines that end in an ellipsis.
  "gopher_bullet_line_ratio",
  "gopher_ellipsis_line_ratio",
  // Words with a letter; how many of eight English stop words stand in the text.
  "gopher_alphabetic_word_ratio",
  "gopher_stop_words",
  // Paragraphs and lines that stand in the text before, by number and by characters.
  "duplicate_paragraph_ratio",
  "duplicate_paragraph_character_ratio",
  "duplicate_line_ratio",
  "duplicate_line_character_ratio",
  // Characters of the most frequent n-gram of words, over all.
  "top_2_gram_character_ratio",
  "top_3_gram_character_ratio",
  "top_4_gram_character_ratio",
  // Characters of n-grams that stand in the text before, over all.
  "duplicate_5_gram_character_ratio",
  "duplicate_6_gram_character_ratio",
  "duplicate_7_gram_character_ratio",
  "duplicate_8_gram_character_ratio",
  "duplicate_9_gram_character_ratio",
  "duplicate_10_gram_character_ratio",
  // What C4's line rules leave: sentences, share of lines; 1 if "lorem ipsum" or a curly bracket was seen, else 0.
  "c4_sentences",
  "c4_kept_line_ratio",
  "c4_lorem_ipsum",
  "c4_curly_bracket",
  // Lines that are not blank; those that end in a terminal mark; those of at most 30 characters; repeated ones; line feeds per word.
  "fineweb_lines",
  "fineweb_line_punctuation_ratio",
  "fineweb_short_line_ratio",
  "fineweb_duplicate_line_character_ratio",
  "fineweb_newline_word_ratio",
  // The same of prose, with words as in written_words; their mean is that of words between spaces. The symbol ratio is the greater of that of `#` and that of ellipses.
  "prose_words",
  "prose_character_ratio",
  "prose_mean_word_length",
  "prose_symbol_word_ratio",
  "prose_alphabetic_word_ratio",
  "prose_line_punctuation_ratio",
  "prose_duplicate_line_character_ratio",
  "prose_duplicate_5_gram_character_ratio",
  "prose_duplicate_10_gram_character_ratio",
  // Characters in paragraphs with phrases of licences; headings that name releases. 1 when the path says so.
  "licence_ratio",
  "release_heading_ratio",
  // How much the text reads like prose, in [0, 1]: a summary, not for policies.
  "quality",
] as const;

/** Name of a signal. */
export type SignalName = (typeof SIGNAL_NAMES)[number];
