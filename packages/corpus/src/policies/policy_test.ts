import { expect, test } from "vitest";
import { measure } from "../signals/signals.ts";
import { decide, parsePolicy } from "./policy.ts";

const valid = {
  name: "mine",
  text: "original",
  languages: ["en"],
  rules: [{ signal: "gopher_words", min: 3, max: 5, reason: "length" }],
} as const;

test("decide() keeps a document when a value equals a bound", () => {
  const { signals } = measure("three words only");
  expect(decide(signals, parsePolicy(valid), { code: "en", confidence: 1 })).toEqual({ keep: true, reasons: [] });
});

test("decide() gives every reason with value and bound when several rules are not met", () => {
  const policy = parsePolicy({
    ...valid,
    rules: [...valid.rules, { signal: "gopher_stop_words", min: 2, reason: "stop_words" }],
  });
  expect(decide(measure("two words").signals, policy, { code: "de", confidence: 1 })).toEqual({
    keep: false,
    reasons: [
      { code: "language_not_wanted", signal: "language", value: "de", wanted: "one of en" },
      { code: "length", signal: "gopher_words", value: 2, wanted: ">= 3" },
      { code: "stop_words", signal: "gopher_stop_words", value: 0, wanted: ">= 2" },
    ],
  });
});

test("decide() throws when a policy names languages and the document has none", () => {
  expect(() => decide(measure("a b c").signals, parsePolicy(valid))).toThrow(/without a detected language/);
});

test.each([
  [null, /policy: expected an object, found nothing/],
  [{ ...valid, treshold: 1 }, /expected no other keys than name, text, languages, rules, found one at place 5$/],
  [{ ...valid, text: "c4" }, /policy\.text: expected "original" or "c4_lines", found text$/],
  [{ ...valid, name: "" }, /policy\.name: expected/],
  [{ ...valid, languages: ["English"] }, /policy\.languages\[0\]: expected an ISO 639 code/],
  [{ ...valid, rules: "all" }, /policy\.rules: expected a list, found text$/],
  [
    { ...valid, rules: [{ signal: "wurds", min: 1, reason: "x" }] },
    /policy\.rules\[0\]\.signal: expected one of .*found text$/,
  ],
  [{ ...valid, rules: [{ signal: "words", reason: "x" }] }, /policy\.rules\[0\]: expected min, max or both/],
  [
    { ...valid, rules: [{ signal: "words", min: "9", reason: "x" }] },
    /rules\[0\]\.min: expected a finite number, found text$/,
  ],
  [
    { ...valid, rules: [{ signal: "words", min: 1, reason: "Too Short" }] },
    /rules\[0\]\.reason: expected a snake_case code/,
  ],
  [{ ...valid, rules: [{ signal: "words", min: 1 }] }, /rules\[0\]\.reason: .*found nothing/],
  [
    "root:x:0:0:root:/root:/bin/bash daemon:x:1:1:secret",
    /^Cannot use policy: policy: expected an object, found text$/,
  ],
])("parsePolicy() names the fault when given %j", (value, message) => {
  expect(() => parsePolicy(value)).toThrow(message);
});
