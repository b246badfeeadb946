/** Files of a tokenized corpus. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";

const count = z.number().int().nonnegative();

/**
 * Token shards are raw little-endian token ids, `uint16` up to 65,536 tokens of vocabulary, else `uint32`. Each document is preceded
 * by the end-of-text token, which also serves as the beginning-of-text token.
 */
export const TokenManifest = z.strictObject({
  version: z.literal(1),
  corpusHash: Sha256,
  tokenizer: ArtifactRef,
  vocabularySize: count,
  endOfText: count,
  /** Token after each document, where it is another one than that before it: of base models that know two. */
  endOfDocument: count.optional(),
  dtype: z.enum(["uint16", "uint32"]),
  train: z.array(z.strictObject({ tokens: ArtifactRef, count, index: ArtifactRef })),
  validation: z.array(z.strictObject({ tokens: ArtifactRef, count, index: ArtifactRef })),
  tokens: z.strictObject({ train: count, validation: count }),
  bytes: z.strictObject({ train: count, validation: count }),
  profile: ArtifactRef,
});
export type TokenManifest = z.infer<typeof TokenManifest>;

/** One line of a document index, sorted by id compared as bytes: where a document lies. Found by binary search. */
export const DocumentIndexLine = z.strictObject({
  id: z.string(),
  source: z.string(),
  shard: count,
  /** Byte range of the document's line in the corpus shard, or token range in the token shard (half open). */
  from: count,
  to: count,
});
export type DocumentIndexLine = z.infer<typeof DocumentIndexLine>;
