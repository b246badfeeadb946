import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openingOf, passageOf, ratesOf } from "./passage_rates.ts";
import { addPrompt, profileFeatures } from "./profile_features.ts";
import { mergeProfiles, profileOf } from "./corpus_profile.ts";

describe("openingOf()", () => {
  test("takes 40 code points of what has so many, never half of one", () => {
    expect(openingOf(`  ${"🌊".repeat(41)}`)).toBe("🌊".repeat(40));
    expect(openingOf("a".repeat(39))).toBeUndefined();
    expect(openingOf(`${" ".repeat(100)}short`)).toBeUndefined();
  });
});

describe("passageOf()", () => {
  test("takes 40 code points of the text, the same each time, from any long enough text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 60 })), (lines) => {
        const text = lines.join("\n");
        const passage = passageOf(text);
        expect(passageOf(text)).toBe(passage);
        if (passage === undefined) return;
        expect(Array.from(passage)).toHaveLength(40);
        expect(text).toContain(passage);
      }),
    );
    expect(passageOf("one line of forty characters and a few more")).toBe("one line of forty characters and a few m");
  });

  test("takes it from different places of different documents, mostly from the beginning of a line", () => {
    const lines = Array.from(
      { length: 200 },
      (_, at) => `line ${at} turns the wheel, and the wheel turns the stones below`,
    );
    const passages = Array.from({ length: 60 }, (_, at) => passageOf(`${lines.join("\n")}${".".repeat(at)}`) ?? "");
    expect(passages.every((passage) => passage.startsWith("line "))).toBe(true);
    expect(new Set(passages).size).toBeGreaterThan(40);
  });
});

test("addPrompt() counts a prompt in the bin that a document with the same passage is in", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }),
      fc.array(fc.nat({ max: 70_000 }), { minLength: 1 }),
      (text, tokens) => {
        const counts: Record<string, number[]> = {};
        addPrompt(counts, { text, tokens });
        expect(counts).toEqual(ratesOf({ text, tokens }));
        const profile = mergeProfiles([profileOf({ text, language: "und", tokens, passage: { text, tokens } })]);
        for (const { name, bins, counts: documents } of profileFeatures(profile)) {
          expect(documents).toHaveLength(bins.length);
          expect(documents.indexOf(1)).toBe((counts[name] ?? []).length - 1);
        }
      },
    ),
    { numRuns: 30 },
  );
});
