const LONG_RUN_OF_MARKS = /(\p{M}{30})(?=\p{M})/gu;

/**
 * Puts a combining grapheme joiner after each 30 combining marks in a row, which no writing needs. Normalising sorts each run of marks
 * and costs the square of its length.
 * @see Unicode Standard Annex 15, section 12.1, "Stream-Safe Text Format".
 */
export function streamSafe(text: string): string {
  return text.replace(LONG_RUN_OF_MARKS, "$1\u034f");
}
