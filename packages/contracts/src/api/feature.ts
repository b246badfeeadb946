/** `/api/feature`: tokens. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";

const count = z.number().int().nonnegative();

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
