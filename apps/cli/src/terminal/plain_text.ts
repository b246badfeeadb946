/**
 * Text of a document on one line, for a terminal: what would move the cursor, colour or redraw the screen is left out.
 */
export function plainText(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Bidi_C}]+/gu, " ").trim();
}
