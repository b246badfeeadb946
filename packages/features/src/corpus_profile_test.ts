import fc from "fast-check";
import { expect, test } from "vitest";
import { corpusProfileSchema, mergeProfiles, profileOf } from "./corpus_profile.ts";
import { profileFeatures } from "./profile_features.ts";

test("profileOf() counts lengths, characters, language and tokens of a document", () => {
  const text = "Mühle 7: +\u0301\u0000";
  const tokens = [0, 1, 2, 300];
  const profile = profileOf({ text, language: "de", tokens, passage: { text, tokens } });
  expect(profile).toMatchObject({
    documents: 1,
    bytes: 14,
    tokens: 4,
    documentBytes: [0, 0, 0, 1],
    documentTokens: [0, 0, 1],
    characters: { letter: 5, mark: 1, number: 1, punctuation: 1, symbol: 1, space: 2, other: 1 },
    languages: { de: 1 },
    tokenIds: [1, 2, 0, 0, 0, 0, 0, 0, 1],
    // 5 letters of 12; 14 bytes in 4 tokens; ranks 0, 1, 1, 8.
    passages: {
      letters: [0, 0, 0, 0, 1],
      bytesPerToken: [0, 0, 0, 0, 0, 0, 0, 1],
      tokenRank: [0, 0, 0, 0, 0, 1],
    },
  });
});

const document = fc.record({
  text: fc.string({ unit: "binary" }),
  language: fc.constantFrom("en", "de", "und"),
  tokens: fc.array(fc.nat({ max: 70_000 })),
  passage: fc.option(
    fc.record({
      text: fc.string({ unit: "binary", minLength: 1 }),
      tokens: fc.array(fc.nat({ max: 70_000 }), { minLength: 1 }),
    }),
    { nil: undefined },
  ),
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

test("a document is one observation of each rate, if it is long enough for a passage", () => {
  fc.assert(
    fc.property(fc.array(document), (documents) => {
      const { passages } = mergeProfiles(documents.map(profileOf));
      const counted = documents.filter(({ passage }) => passage !== undefined).length;
      for (const bins of Object.values(passages)) expect(bins.reduce((sum, n) => sum + n, 0)).toBe(counted);
    }),
  );
});

test("corpusProfileSchema reads profiles of former formats, which have nothing that prompts compare with", () => {
  const { passages: _, ...rest } = mergeProfiles([]);
  const first = { ...rest, format: "millrace.corpus-profile.v1" };
  const rates = { bytesPerToken: [0, 1], letters: [1], tokenRank: [1], repeatedPairs: [] };
  const second = { ...rest, format: "millrace.corpus-profile.v2", rates };
  for (const former of [first, second]) {
    expect(corpusProfileSchema.parse(former)).toEqual(former);
    expect(profileFeatures(corpusProfileSchema.parse(former))).toEqual([]);
  }
  expect(corpusProfileSchema.safeParse(rest).success).toBe(false);
  expect(corpusProfileSchema.safeParse({ ...rest, format: "millrace.corpus-profile.v4" }).success).toBe(false);
});

test("corpusProfileSchema refuses negative counts and unknown keys", () => {
  const profile = mergeProfiles([]);
  expect(corpusProfileSchema.safeParse({ ...profile, documents: -1 }).success).toBe(false);
  expect(corpusProfileSchema.safeParse({ ...profile, text: "no text in here" }).success).toBe(false);
});
