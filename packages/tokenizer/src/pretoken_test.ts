import fc from "fast-check";
import { expect, test } from "vitest";
import { GPT2_PATTERN, pretokenEnd } from "./pretoken.ts";

// The reference reads \s as White_Space; JavaScript does not.
const REFERENCE = new RegExp(
  GPT2_PATTERN.replaceAll(String.raw`[^\s`, String.raw`[^\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`)
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`),
  "gu",
);

function split(text: string): string[] {
  const pretokens: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = pretokenEnd(text, start);
    pretokens.push(text.slice(start, end));
    start = end;
  }
  return pretokens;
}

test("pretokenEnd() cuts contractions, words, numbers, signs and white space as GPT-2 does", () => {
  expect(split("We've 12 cats' toys,  it's\n\n all 'llama")).toEqual([
    "We",
    "'ve",
    " 12",
    " cats",
    "'",
    " toys",
    ",",
    " ",
    " it",
    "'s",
    "\n\n",
    " all",
    " '",
    "llama",
  ]);
});

const fragment = fc.oneof(
  fc.constantFrom(
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\u0085",
    "\uFEFF",
    "\u00A0",
    "\u3000",
    "'s",
    "'re",
    "'l",
    "'ll",
    "'S",
    "'",
  ),
  fc.constantFrom("é", "e\u0301", "½", "Ⅷ", "٣", "😀", "👩‍👩‍👧", "中文", "\uD800", "\uDC00", "\u200D", "<|endoftext|>"),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ maxLength: 6 }),
);

test("pretokenEnd() equals the regular expression on any text", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      expect(split(text)).toEqual(text.match(REFERENCE) ?? []);
    }),
    { numRuns: 2000 },
  );
});

test("pretokenEnd() classifies every code point as the regular expression does", () => {
  for (let from = 0; from < 0x110000; from += 4096) {
    let text = "";
    for (let codePoint = from; codePoint < from + 4096; codePoint++) text += `a${String.fromCodePoint(codePoint)}`;
    expect(split(text)).toEqual(text.match(REFERENCE));
  }
});
