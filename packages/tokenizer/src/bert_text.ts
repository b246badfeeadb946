/**
 * Text as BERT sees it: cleaned, lower case without accents, cut at white space, at punctuation and around CJK
 * ideographs. Letters are lowered one by one, as the reference does, so a final sigma does not depend on its neighbours.
 *
 * @see Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers"; the rules are its released tokenizer's.
 */
const REMOVED = /[\0\uFFFD\p{Cf}\p{Co}]|(?![\t\n\r])\p{Cc}/gu;
const BLANK = /\p{White_Space}/gu;
const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
const ACCENT = /\p{Mn}/gu;
const UPPER = /\p{Changes_When_Lowercased}/gu;
// ASCII signs count as punctuation whatever their Unicode category: $ + < = > ^ ` | ~ are symbols there.
const NEXT = /\p{White_Space}+|[\p{P}$+<=>^`|~]|[^\p{White_Space}\p{P}$+<=>^`|~]+/uy;

/**
 * Cleans a text.
 * @param lowercase Also lowers letters and strips accents, as the uncased models do.
 */
export function normalizeBertText(text: string, lowercase: boolean): string {
  const clean = text.toWellFormed().replace(REMOVED, "").replace(BLANK, " ").replace(IDEOGRAPH, " $& ");
  if (!lowercase) return clean;
  return clean
    .normalize("NFD")
    .replace(ACCENT, "")
    .replace(UPPER, (letter) => letter.toLowerCase());
}

/**
 * End of the word, the punctuation mark or the run of blanks that begins at `start` in a cleaned text.
 * @param start Below `text.length`, at such a beginning.
 */
export function bertWordEnd(text: string, start: number): number {
  NEXT.lastIndex = start;
  return NEXT.test(text) ? NEXT.lastIndex : text.length;
}
