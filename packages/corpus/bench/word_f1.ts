/** Word-level F1 of two texts: both as multisets of lower-cased words, as the Web Content Extraction Benchmark scores. */
export function wordF1(found: string, wanted: string): { precision: number; recall: number; f1: number } {
  const foundWords = words(found);
  const wantedWords = words(wanted);
  if (foundWords.length === 0 || wantedWords.length === 0) {
    const same = foundWords.length === wantedWords.length ? 1 : 0;
    return { precision: same, recall: same, f1: same };
  }
  const counts = new Map<string, number>();
  for (const word of wantedWords) counts.set(word, (counts.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of foundWords) {
    const left = counts.get(word) ?? 0;
    if (left > 0) {
      shared += 1;
      counts.set(word, left - 1);
    }
  }
  const precision = shared / foundWords.length;
  const recall = shared / wantedWords.length;
  return { precision, recall, f1: shared === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** The words of a text: runs of letters, digits and underscores, lower case. */
export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}
