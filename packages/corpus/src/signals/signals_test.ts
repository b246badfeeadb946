import { expect, test } from "vitest";
import { SIGNAL_NAMES } from "./signal_names.ts";
import { measure, storedSignals } from "./signals.ts";

const PROSE =
  "The wheel turns because water falls on it, and the miller knows that rain in spring will have to be caught with care. " +
  "Nobody built the dam at once; it grew over forty years, stone by stone, while the village around it changed its name twice.";

function quality(text: string): number {
  return measure(text).signals.quality;
}

test("measure() gives every named signal, in their order, as a finite number for any text", () => {
  for (const text of [
    "",
    " ",
    "\n\n",
    "a",
    "!!!",
    "😀",
    "\ud83d",
    PROSE,
    "```\ncode only\n```",
    "| a | b |\n|---|---|\n",
  ]) {
    const { signals } = measure(text);
    expect(Object.keys(signals)).toEqual([...SIGNAL_NAMES]);
    for (const name of SIGNAL_NAMES) expect(signals[name], name).toSatisfy(Number.isFinite);
    expect(signals.quality).toBeGreaterThanOrEqual(0);
    expect(signals.quality).toBeLessThanOrEqual(1);
  }
});

test("measure() counts as worked out by hand", () => {
  // Words: The mill ... # - turns . The mill ; three lines, of which one repeats.
  const { signals } = measure("The mill ...\n# - turns.\nThe mill ...");
  expect(signals).toMatchObject({
    characters: 36,
    words: 10,
    // The, mill, turns, The, mill
    gopher_words: 5,
    gopher_mean_word_length: (3 + 4 + 5 + 3 + 4) / 5,
    gopher_hash_word_ratio: 1 / 10,
    gopher_ellipsis_word_ratio: 2 / 10,
    gopher_bullet_line_ratio: 0,
    gopher_ellipsis_line_ratio: 2 / 3,
    gopher_alphabetic_word_ratio: 5 / 10,
    gopher_stop_words: 0,
    duplicate_line_ratio: 1 / 3,
    duplicate_line_character_ratio: 12 / 36,
    // "The mill" twice
    top_2_gram_character_ratio: 16 / 36,
    top_3_gram_character_ratio: 24 / 36,
    c4_kept_line_ratio: 1,
    fineweb_lines: 3,
    fineweb_line_punctuation_ratio: 1,
    fineweb_short_line_ratio: 1,
    fineweb_duplicate_line_character_ratio: 12 / 34,
    fineweb_newline_word_ratio: 2 / 10,
  });
});

test("measure() looks at prose without code, tables, heading marks and addresses of links", () => {
  const markdown = `# Title\n\n${PROSE}\n\n\`\`\`\n# { } # ...\n\`\`\`\n\n| # | # |\n|---|---|\n\n[1]: https://example.org/#a\n`;
  const { signals } = measure(markdown);
  expect(signals.prose_symbol_word_ratio).toBe(0);
  expect(signals.gopher_hash_word_ratio).toBeGreaterThan(0.05);
  expect(signals.prose_words).toBe(measure(`Title ${PROSE}`).signals.gopher_words);
});

test("measure() scores what reads like prose above noise, lists and repetition", () => {
  expect(quality(PROSE)).toBeGreaterThan(0.8);
  expect(quality("buy now click here ".repeat(40))).toBeLessThan(0.4);
  expect(quality("1 2 3 4 5 6 7 8 9 10 ".repeat(10))).toBeLessThan(0.2);
  expect(quality("Home\nAbout\nContact\nLogin\nCart\n")).toBeLessThan(0.4);
});

test("measure() takes language and path as given", () => {
  const { signals } = measure(PROSE, { path: "mill/LICENSE", language: { code: "en", confidence: 0.9 } });
  expect(signals).toMatchObject({ licence_ratio: 1, language_confidence: 0.9 });
});

test("measure() counts each letter of a script without spaces as a word, and Gopher's words as published", () => {
  // Node, は, 24, で, 速, い, กี่, วั, น: the signs set on a Thai letter belong to it.
  const { signals } = measure("Nodeは 24で「速い」。 กี่วัน");
  expect(signals).toMatchObject({ gopher_words: 3, written_words: 9, prose_words: 9 });
  expect(signals.prose_mean_word_length).toBe(4.7);
  expect(measure("Four words with 石").signals.prose_mean_word_length).toBe((4 + 5 + 4) / 3);
});

test("storedSignals() keeps what was kept before of text that is written with spaces", () => {
  const { written_words: _, ...before } = measure(PROSE).signals;
  expect(storedSignals(measure(PROSE).signals)).toEqual(before);
  expect(storedSignals(measure("水車").signals)).toMatchObject({ gopher_words: 1, written_words: 2 });
});
