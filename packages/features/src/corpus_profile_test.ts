import fc from "fast-check";
import { expect, test } from "vitest";
import { corpusProfileSchema, mergeProfiles, profileOf } from "./corpus_profile.ts";

test("profileOf() counts lengths, characters, language and tokens of a document", () => {
  const profile = profileOf({ text: "Mühle 7: +\u0301\u0000", language: "de", tokens: [0, 1, 2, 300] });
  expect(profile).toMatchObject({
    documents: 1,
    bytes: 14,
    tokens: 4,
    documentBytes: [0, 0, 0, 1],
    documentTokens: [0, 0, 1],
    characters: { letter: 5, mark: 1, number: 1, punctuation: 1, symbol: 1, space: 2, other: 1 },
    languages: { de: 1 },
    tokenIds: [1, 2, 0, 0, 0, 0, 0, 0, 1],
    // 5 letters of 12; 14 bytes in 4 tokens; ranks 0, 1, 1, 8; three different pairs.
    rates: {
      letters: [0, 0, 0, 0, 0, 0, 0, 0, 1],
      bytesPerToken: [0, 0, 0, 0, 0, 0, 0, 1],
      tokenRank: [0, 0, 0, 0, 0, 1],
      repeatedPairs: [1],
    },
  });
});

const document = fc.record({
  text: fc.string({ unit: "binary" }),
  language: fc.constantFrom("en", "de", "und"),
  tokens: fc.array(fc.nat({ max: 70_000 })),
});

test("mergeProfiles() gives one JSON whatever the order and the grouping of documents, and it fits the schema", () => {
  fc.assert(
    fc.property(fc.array(document), fc.nat(), (documents, at) => {
      const profiles = documents.map(profileOf);
      const whole = mergeProfiles(profiles);
      const cut = at % (profiles.length + 1);
      const parts = [mergeProfiles(profiles.slice(cut)), mergeProfiles(profiles.slice(0, cut))];
      expect(JSON.stringify(mergeProfiles(parts))).toBe(JSON.stringify(whole));
      expect(corpusProfileSchema.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
      const characters = Object.values(whole.characters).reduce((sum, n) => sum + n, 0);
      expect(characters).toBe(documents.reduce((sum, { text }) => sum + [...text].length, 0));
    }),
  );
});

test("profileOf() takes rates of a document's opening: what follows it changes none but bytes a token", () => {
  const opening = { text: "a1 ".repeat(100).slice(0, 256), tokens: Array.from({ length: 64 }, (_, i) => i % 2) };
  const { rates } = profileOf({ ...opening, language: "en" });
  const longer = profileOf({
    text: `${opening.text}${"日本".repeat(500)}`,
    tokens: [...opening.tokens, ...Array.from({ length: 900 }, (_, i) => 5000 + i)],
    language: "en",
  });
  expect({ ...longer.rates, bytesPerToken: rates.bytesPerToken }).toEqual(rates);
  // 63 pairs, two of them different.
  expect(rates.repeatedPairs).toHaveLength(20);
  expect(rates.bytesPerToken).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

function total(bins: readonly number[]): number {
  return bins.reduce((sum, n) => sum + n, 0);
}

test("a document is one observation of each rate it has", () => {
  fc.assert(
    fc.property(fc.array(document), (documents) => {
      const { rates } = mergeProfiles(documents.map(profileOf));
      const having = (has: (one: (typeof documents)[number]) => boolean): number => documents.filter(has).length;
      expect(total(rates.letters)).toBe(having(({ text }) => text.length > 0));
      expect(total(rates.bytesPerToken)).toBe(having(({ tokens }) => tokens.length > 0));
      expect(total(rates.tokenRank)).toBe(having(({ tokens }) => tokens.length > 0));
      expect(total(rates.repeatedPairs)).toBe(having(({ tokens }) => tokens.length > 1));
    }),
  );
});

test("corpusProfileSchema reads a profile of the first format, which has no rates", () => {
  const { rates: _, ...rest } = mergeProfiles([]);
  const first = { ...rest, format: "millrace.corpus-profile.v1" };
  expect(corpusProfileSchema.parse(first)).toEqual(first);
  expect(corpusProfileSchema.safeParse(rest).success).toBe(false);
  expect(corpusProfileSchema.safeParse({ ...rest, format: "millrace.corpus-profile.v3" }).success).toBe(false);
});

test("corpusProfileSchema refuses negative counts and unknown keys", () => {
  const profile = mergeProfiles([]);
  expect(corpusProfileSchema.safeParse({ ...profile, documents: -1 }).success).toBe(false);
  expect(corpusProfileSchema.safeParse({ ...profile, text: "no text in here" }).success).toBe(false);
});
