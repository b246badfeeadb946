import fc from "fast-check";
import { expect, test } from "vitest";
import { plainText, printable } from "./plain_text.ts";

test("plainText() leaves one line without what a terminal obeys", () => {
  expect(plainText(" a\n\tb\u001B[2Jc\u202Ed ")).toBe("a b [2Jc d");
});

test("plainText() never lets a control character through", () => {
  const unit = fc.integer({ min: 0, max: 0x2100 }).map((code) => String.fromCodePoint(code));
  const obeyed = /[\p{Cc}\p{Bidi_C}]/u;
  fc.assert(fc.property(fc.string({ unit }), (text) => !obeyed.test(plainText(text))));
});

test("printable() keeps lines and tabs, and nothing else that a terminal obeys", () => {
  expect(printable("a\n\tb\r\u001B[2Jc\u202Ed ")).toBe("a\n\tb[2Jcd ");
});
