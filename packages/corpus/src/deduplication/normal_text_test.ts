import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { normalText } from "./normal_text.ts";

const golden = JSON.parse(readFileSync(new URL("../signals/testdata/datatrove.json", import.meta.url), "utf8")) as {
  readonly sentences: readonly { text: string; normal: string }[];
};

test.each(golden.sentences)("normalText() normalises as datatrove when given $text", ({ text, normal }) => {
  expect(normalText(text)).toBe(normal);
});
