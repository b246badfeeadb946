import { z } from "zod";
import { Sha256 } from "./artifact.ts";
import { Counts } from "./formats/corpus.ts";
import { SkippedFiles } from "./formats/skipped_files.ts";
import { Pipeline } from "./formats/metrics.ts";
import { BitsPerByte } from "./formats/model.ts";
import { RefusedConversations } from "./formats/tokens.ts";
import { RankedTrial, SearchedValues } from "./recipe_search.ts";
import { ToldTaskScore, TokenScores } from "./formats/scores.ts";
import { Stage } from "./stages.ts";

const count = z.number().int().nonnegative();

export const Sample = z.strictObject({ prompt: z.string(), completion: z.string() });
export type Sample = z.infer<typeof Sample>;

/** What a run did, in one document (`--summary FILE`). Parts of stages that did not run are null. */
export const Summary = z.strictObject({
  run: z.string(),
  state: z.string(),
  /** The stage that failed or was cancelled; absent from an automation of before it was told. */
  stoppedIn: Stage.nullable().optional(),
  documents: z
    .strictObject({
      read: count,
      kept: count,
      duplicates: count,
      quarantined: count,
      dropped: Counts,
      skipped: SkippedFiles.optional(),
      /** Of those that are kept: conversations that the chat template refuses, and that nothing is learnt from. */
      refused: RefusedConversations.optional(),
    })
    .nullable(),
  redactions: Counts.nullable(),
  tokens: z.strictObject({ train: count, validation: count }).nullable(),
  vocabulary: count.nullable(),
  parameters: count.nullable(),
  steps: count.nullable(),
  nodes: count.nullable(),
  /** What the recipe's search came to. */
  search: z
    .strictObject({
      best: z.strictObject({ number: count, trialId: z.string(), values: SearchedValues, objective: z.number() }),
      trials: z.strictObject({ completed: count, stopped: count, failed: count }),
      /** The best hundred of them, from best to worst. */
      table: z.array(RankedTrial).optional(),
    })
    .nullable(),
  loss: z.strictObject({ train: z.number(), validation: z.number() }).nullable(),
  /** Bytes that the nodes together sent each other in a step. */
  exchangedBytesPerStep: z.number().nonnegative().nullable(),
  /** How the stages of the model waited for each other, where it was cut into some. */
  pipeline: Pipeline.nullable(),
  bitsPerByte: BitsPerByte.nullable(),
  verdict: z.string().nullable(),
  /** Of the model, on the same documents. */
  scores: TokenScores.nullable(),
  tasks: z.array(ToldTaskScore).nullable(),
  corpusHash: Sha256.nullable(),
  /** The model that was trained further. */
  base: z.strictObject({ name: z.string(), licence: z.string().nullable(), manifest: Sha256 }).nullable(),
  model: z.strictObject({ name: z.string(), version: z.number().int().positive() }).nullable(),
  artifacts: z.strictObject({ tokenizer: Sha256, checkpoint: Sha256, onnx: Sha256 }).nullable(),
  endpoint: z.string().nullable(),
  samples: z.array(Sample).nullable(),
  /** Whether `train.timeLimitSeconds` ended the training before its last step. */
  partial: z.boolean().nullable(),
  /**
   * Time that was worked, by stage over all attempts, and `total`, their sum. The time between an attempt and the one that went on
   * with it is not in it.
   */
  seconds: z.record(z.string(), z.number().nonnegative()),
  error: z.string().nullable(),
  /** Code of the failure, for `remedyOf`; null where nothing failed. */
  errorCode: z.string().nullable(),
});
export type Summary = z.infer<typeof Summary>;
