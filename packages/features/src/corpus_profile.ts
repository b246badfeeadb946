/**
 * The profile of a corpus, to see later whether new text drifts away from it: histograms only, small, and mergeable, so
 * that shards are profiled apart and added. It holds counts and language codes; no text.
 */
import { z } from "zod";
import { emptyRates, type Passage, passageRatesSchema, ratesOf } from "./passage_rates.ts";

const count = z.int().nonnegative();
/** Bin i counts values v (below 2^31) with 2^i <= v + 1 < 2^(i+1). */
const logarithmicHistogram = z.array(count).max(32);

/** The first format: such a profile says how large a corpus is, not whether prompts drift. */
const firstProfileSchema = z.strictObject({
  format: z.literal("millrace.corpus-profile.v1"),
  documents: count,
  bytes: count,
  tokens: count,
  /** UTF-8 bytes of a document. */
  documentBytes: logarithmicHistogram,
  /** Tokens of a document. */
  documentTokens: logarithmicHistogram,
  /** Code points by Unicode class. */
  characters: z.strictObject({
    letter: count,
    mark: count,
    number: count,
    punctuation: count,
    symbol: count,
    space: count,
    other: count,
  }),
  /** Documents by ISO 639-1 code; `und` when not known. */
  languages: z.record(z.string().regex(/^[a-z]{2,3}$/), count),
  /**
   * Tokens by id. Tokenizers number tokens in the order they learn them, the frequent first, so these are buckets of
   * frequency; two profiles compare only under one tokenizer.
   */
  tokenIds: logarithmicHistogram,
});

/** Rates over openings of 256 code points and 64 tokens, which scatter less than those of prompts: they do not compare. */
const secondProfileSchema = firstProfileSchema.extend({
  format: z.literal("millrace.corpus-profile.v2"),
  rates: z.record(z.enum(["bytesPerToken", "letters", "tokenRank", "repeatedPairs"]), z.array(count).max(64)),
});

const thirdProfileSchema = firstProfileSchema.extend({
  format: z.literal("millrace.corpus-profile.v3"),
  /** Of one passage of each document that is long enough. */
  passages: passageRatesSchema,
});

/** Schema of a stored profile's JSON, of any format there has been. */
export const corpusProfileSchema = z.discriminatedUnion("format", [
  firstProfileSchema,
  secondProfileSchema,
  thirdProfileSchema,
]);

export type StoredCorpusProfile = z.infer<typeof corpusProfileSchema>;

/** A profile as it is made now. */
export type CorpusProfile = z.infer<typeof thirdProfileSchema>;

/** One document to be profiled. */
export interface ProfiledDocument {
  readonly text: string;
  /** ISO 639-1 code, `und` when not known. */
  readonly language: string;
  readonly tokens: ArrayLike<number>;
  /** What `passageOf` takes of the text; undefined if it is too short. */
  readonly passage: Passage | undefined;
}

type CharacterClass = keyof CorpusProfile["characters"];

const CLASSES: readonly (readonly [CharacterClass, RegExp])[] = [
  ["letter", /\p{L}/gu],
  ["mark", /\p{M}/gu],
  ["number", /\p{N}/gu],
  ["punctuation", /\p{P}/gu],
  ["symbol", /\p{S}/gu],
  ["space", /\p{White_Space}/gu],
];

function emptyProfile(): CorpusProfile {
  return {
    format: "millrace.corpus-profile.v3",
    documents: 0,
    bytes: 0,
    tokens: 0,
    documentBytes: [],
    documentTokens: [],
    characters: { letter: 0, mark: 0, number: 0, other: 0, punctuation: 0, space: 0, symbol: 0 },
    languages: {},
    tokenIds: [],
    passages: emptyRates(),
  };
}

function addToHistogram(histogram: number[], value: number): void {
  const bin = 31 - Math.clz32(value + 1);
  while (histogram.length <= bin) histogram.push(0);
  histogram[bin] = (histogram[bin] ?? 0) + 1;
}

function countCharacters(text: string): CorpusProfile["characters"] {
  const characters = emptyProfile().characters;
  let all = 0;
  for (const _ of text) all++;
  for (const [name, pattern] of CLASSES) {
    const found = text.match(pattern)?.length ?? 0;
    characters[name] = found;
    all -= found;
  }
  characters.other = all;
  return characters;
}

/** Profile of one document. */
export function profileOf({ text, language, tokens, passage }: ProfiledDocument): CorpusProfile {
  const profile = emptyProfile();
  const bytes = new TextEncoder().encode(text).length;
  profile.documents = 1;
  profile.bytes = bytes;
  profile.tokens = tokens.length;
  addToHistogram(profile.documentBytes, bytes);
  addToHistogram(profile.documentTokens, tokens.length);
  profile.characters = countCharacters(text);
  profile.languages[language] = 1;
  for (let i = 0; i < tokens.length; i++) addToHistogram(profile.tokenIds, tokens[i] ?? 0);
  if (passage !== undefined) profile.passages = ratesOf(passage);
  return profile;
}

function addHistograms(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, bin) => (a[bin] ?? 0) + (b[bin] ?? 0));
}

function addCounts<K extends string>(
  a: Readonly<Record<K, number>>,
  b: Readonly<Record<K, number>>,
): Record<K, number> {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort() as K[];
  return Object.fromEntries(keys.map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)])) as Record<K, number>;
}

/**
 * Adds profiles. The order does not matter, and keys come out sorted: equal documents give equal JSON.
 * @param profiles Of documents or of shards, all under one tokenizer.
 */
export function mergeProfiles(profiles: Iterable<CorpusProfile>): CorpusProfile {
  let sum = emptyProfile();
  for (const profile of profiles) {
    sum = {
      format: sum.format,
      documents: sum.documents + profile.documents,
      bytes: sum.bytes + profile.bytes,
      tokens: sum.tokens + profile.tokens,
      documentBytes: addHistograms(sum.documentBytes, profile.documentBytes),
      documentTokens: addHistograms(sum.documentTokens, profile.documentTokens),
      characters: addCounts(sum.characters, profile.characters),
      languages: addCounts(sum.languages, profile.languages),
      tokenIds: addHistograms(sum.tokenIds, profile.tokenIds),
      passages: {
        bytesPerToken: addHistograms(sum.passages.bytesPerToken, profile.passages.bytesPerToken),
        letters: addHistograms(sum.passages.letters, profile.passages.letters),
        tokenRank: addHistograms(sum.passages.tokenRank, profile.passages.tokenRank),
      },
    };
  }
  return sum;
}
