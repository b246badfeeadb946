import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "./load_tokenizer.ts";

interface Golden {
  readonly name: string;
  readonly json: string;
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[]; readonly decoded: string }[];
}

const golden = JSON.parse(readFileSync(new URL("testdata/others_golden.json", import.meta.url), "utf8")) as Golden[];

describe.each(golden)("the tokenizer of $name", ({ json, texts }) => {
  const tokenizer = loadTokenizer(json);

  test.each(texts)("has the ids of the reference for $text", ({ text, ids, decoded }) => {
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  test("recognises runs of blanks in documents, and no special token", () => {
    const blanks = tokenizer.specialTokens.get("    ") ?? -1;
    const ids = [...tokenizer.encodeOrdinary("a    b<|end|>")];
    expect(ids).toContain(blanks);
    expect(ids).not.toContain(tokenizer.specialTokens.get("<|end|>"));
  });

  test("gives back any text that was encoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(tokenizer.decode(tokenizer.encodeOrdinary(text))).toBe(text.toWellFormed());
      }),
    );
  });

  test("takes no longer for a megabyte of blanks than for one of text", () => {
    expect(tokenizer.decode(tokenizer.encode(" ".repeat(1_000_000) + "x"))).toHaveLength(1_000_001);
  });
});
