/** How well models foresee text and answer tasks. */
import { z } from "zod";

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** What one predictor did on the tokens of some documents. */
export const TokenScores = z.strictObject({
  bitsPerByte: z.number().nonnegative(),
  /** Exponential of the mean nats a token: of one tokenizer's tokens, so it compares within that tokenizer only. */
  perplexity: z.number().nonnegative(),
  /** Share of the tokens that were the likeliest ones. */
  accuracy: share,
});
export type TokenScores = z.infer<typeof TokenScores>;

/** The scores of some of the documents. */
export const Slice = z.strictObject({
  by: z.enum(["source", "language", "length"]),
  name: z.string().max(200),
  documents: count,
  bytes: count,
  tokens: count,
  model: TokenScores,
  ngram: TokenScores,
});
export type Slice = z.infer<typeof Slice>;

export const TASK_KINDS = ["multiple_choice", "cloze"] as const;
export const TaskKind = z.enum(TASK_KINDS);
export type TaskKind = z.infer<typeof TaskKind>;

export const TaskName = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, {
  error: "expected 1 to 64 of a-z, 0-9, '.', '_' and '-', not punctuation at either end",
});

/** What a model reached in a task. */
export const TaskScore = z.strictObject({
  name: z.string().max(200),
  kind: TaskKind,
  /** Questions that were asked. */
  examples: count,
  /** Questions that the model's context is too short for. */
  leftOut: count,
  /** Share answered right: the likeliest choice, or, of a cloze, each token of the target the likeliest. */
  accuracy: share,
  /** Of multiple choice: the same by likelihood a character of the choice. Null of a cloze. */
  accuracyNormalised: share.nullable(),
  /** Standard error of `accuracyNormalised`, or of `accuracy` where that is null. */
  standardError: z.number().nonnegative(),
  /** Of multiple choice: what guessing reaches. Null of a cloze. */
  chance: share.nullable(),
  /** Of a cloze: exponential of the mean nats of a target. Null of multiple choice. */
  perplexity: z.number().nonnegative().nullable(),
});
export type TaskScore = z.infer<typeof TaskScore>;

/** The figure that a task is judged by: normalised where there is a choice. */
export function scoreOf({ accuracy, accuracyNormalised }: TaskScore): number {
  return accuracyNormalised ?? accuracy;
}

/** Standard error of what a task is judged by; null of fewer than two questions, of which there is none. */
export function standardErrorOf({ examples, standardError }: TaskScore): number | null {
  return examples < 2 ? null : standardError;
}

/** A score as it is told: without a standard error where there is none. */
export const ToldTaskScore = TaskScore.extend({ standardError: z.number().nonnegative().nullable() });
export type ToldTaskScore = z.infer<typeof ToldTaskScore>;

export function toldScore(task: TaskScore): ToldTaskScore {
  return { ...task, standardError: standardErrorOf(task) };
}
