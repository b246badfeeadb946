/**
 * Text of a document on one line, for a terminal: what would move the cursor, colour or redraw the screen is left out.
 */
export function plainText(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Bidi_C}]+/gu, " ").trim();
}

/** Text of several lines, or a piece of it, for a terminal: lines and tabs stay, all else that a terminal obeys is left out. */
export function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_C}]/gu, "");
}
