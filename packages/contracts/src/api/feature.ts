/** `/api/feature`: tokens. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";

const count = z.number().int().nonnegative();
/** As answers name what gave them. */
const AnsweringVersion = z
  .string()
  .regex(/^[a-z0-9._-]{1,64}@[\w-]{1,255}$/, { error: "expected <name>@<version or alias>" });

/** `GET /api/feature/documents/:id`: the token range of a document in every tokenized corpus it stands in. */
export const TokenPlaces = z.strictObject({
  places: z.array(
    z.strictObject({
      runId: z.string(),
      corpusHash: z.string(),
      split: z.enum(["train", "validation"]),
      shard: count,
      from: count,
      to: count,
    }),
  ),
});
export type TokenPlaces = z.infer<typeof TokenPlaces>;

/** `GET /api/feature/runs/:run`. */
export const TokenizedRun = z.strictObject({
  runId: z.string(),
  tokenizer: ArtifactRef,
  tokenized: ArtifactRef,
  vocabularySize: count,
  tokens: z.strictObject({ train: count, validation: count }),
});
export type TokenizedRun = z.infer<typeof TokenizedRun>;

/** Most of an answer that is looked for at once. */
const MOST_CHARACTERS = 20_000;
const MOST_TOKENS = 8192;

/**
 * `POST /api/feature/verbatim`: which parts of an answer stand word for word in what its version was trained on. Needs the role viewer.
 * The answer is given as text, or as the tokens that it was generated as.
 */
export const FindVerbatim = z.union([
  z.strictObject({ model: AnsweringVersion, text: z.string().max(MOST_CHARACTERS) }),
  z.strictObject({ model: AnsweringVersion, tokens: z.array(count).max(MOST_TOKENS) }),
]);
export type FindVerbatim = z.infer<typeof FindVerbatim>;

/** A document that a span stands in. One that was erased since says nothing of itself. */
export const VerbatimDocument = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("kept"),
    id: z.string(),
    source: z.string(),
    title: z.string().nullable(),
    /** Where the span stands in the document's text: UTF-16, half open. */
    start: count,
    end: count,
  }),
  z.strictObject({ state: z.literal("erased") }),
]);
export type VerbatimDocument = z.infer<typeof VerbatimDocument>;

/** Spans of six tokens and more, in order, without those that lie within another. Two may overlap. */
export const VerbatimSpans = z.strictObject({
  model: z.string(),
  version: z.int().positive(),
  /** Identity of the corpus that was searched. */
  corpusHash: Sha256,
  /** The answer, and its length in tokens. */
  text: z.string(),
  tokens: count,
  spans: z.array(
    z.strictObject({
      /** Range in `text`: UTF-16, half open. */
      start: count,
      end: count,
      tokens: z.int().min(6),
      /** How often it stands in the training documents. */
      occurrences: z.int().positive(),
      /** The first that hold it, five at most. Of an answer of more than 50 spans the longest 50 alone have them. */
      documents: z.array(VerbatimDocument),
    }),
  ),
});
export type VerbatimSpans = z.infer<typeof VerbatimSpans>;

/**
 * `POST /api/feature/ngrams`: text as the n-gram model continues it that a version was held against, counted anew from the version's
 * tokens. Needs the role viewer. Answered as `/v1/completions` answers a stream.
 */
export const ContinueByNgrams = z.strictObject({
  model: AnsweringVersion,
  prompt: z.string().max(MOST_CHARACTERS),
  maxTokens: z.int().min(1).max(4096).default(64),
  temperature: z.number().min(0).max(2).default(1),
  /** Equal requests with equal seeds have equal answers. Absent: any. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 52)
    .optional(),
});
export type ContinueByNgrams = z.infer<typeof ContinueByNgrams>;
