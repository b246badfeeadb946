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

test("corpusProfileSchema refuses negative counts and unknown keys", () => {
  const profile = mergeProfiles([]);
  expect(corpusProfileSchema.safeParse({ ...profile, documents: -1 }).success).toBe(false);
  expect(corpusProfileSchema.safeParse({ ...profile, text: "no text in here" }).success).toBe(false);
});
