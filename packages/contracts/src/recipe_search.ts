/** The `search` section of a recipe: which keys are varied, and how. */
import { z } from "zod";
import { positive } from "./recipe_fields.ts";

/** Keys that may be varied. Corpus and tokenizer are made once for all trials, and trials are compared by their steps. */
const SEARCHED_KEYS = [
  "model.architecture",
  "model.contextLength",
  "model.dropout",
  "model.heads",
  "model.keyValueHeads",
  "model.layers",
  "model.positions",
  "model.tied",
  "model.width",
  "train.averageDecay",
  "train.beta1",
  "train.beta2",
  "train.clip",
  "train.finalLearningRate",
  "train.leafBatch",
  "train.leaves",
  "train.learningRate",
  "train.momentum",
  "train.nesterov",
  "train.optimiser",
  "train.schedule",
  "train.seed",
  "train.warmupSteps",
  "train.weightDecay",
] as const;

const Value = z.union([z.number(), z.string(), z.boolean()]);

function ordered([low, high]: readonly number[]): boolean {
  return low! < high!;
}

const rising = { error: "expected two numbers, the lower one first" };
const log = z.boolean().default(false);
const aboveZero = { path: ["log"], error: "expected false, or bounds above 0" };

/** The values that a key may take. */
export const SearchedRange = z.union(
  [
    z
      .strictObject({ float: z.tuple([z.number(), z.number()]).refine(ordered, rising), log })
      .refine((range) => !range.log || range.float[0] > 0, aboveZero),
    z
      .strictObject({ integer: z.tuple([z.int(), z.int()]).refine(ordered, rising), log })
      .refine((range) => !range.log || range.integer[0] > 0, aboveZero),
    z.strictObject({
      choices: z
        .array(Value)
        .min(1)
        .max(64)
        .refine((choices) => new Set(choices).size === choices.length, { error: "expected choices that differ" }),
    }),
  ],
  { error: "expected { float: [low, high] }, { integer: [low, high] } or { choices: [...] }" },
);
export type SearchedRange = z.infer<typeof SearchedRange>;

/** One value for each key that is varied. */
export const SearchedValues = z.record(z.string(), Value);
export type SearchedValues = z.infer<typeof SearchedValues>;

export const SearchSection = z.strictObject({
  space: z
    .partialRecord(z.enum(SEARCHED_KEYS), SearchedRange)
    .refine((space) => Object.keys(space).length > 0, {
      error: "expected at least one key",
      // Of a key that is none enough is said.
      when: ({ issues }) => issues.length === 0,
    })
    .describe("Keys that are varied, each with float or integer bounds, or choices"),
  method: z.enum(["tpe", "random", "grid"]).default("tpe").describe("tpe, random or grid"),
  trials: positive.max(1000).default(16).describe("Trainings that are tried; a grid may have fewer"),
  parallel: positive
    .max(4)
    .default(2)
    .describe("Trials at once, each on train.nodes nodes; another number tries others"),
  pruner: z
    .enum(["asha", "median", "none"])
    .default("asha")
    .describe("Which trials are given up: asha, median or none"),
  minSteps: positive
    .max(10_000_000)
    .optional()
    .describe("Steps before a trial is given up; default: those to the first validation"),
  reduction: positive.min(2).max(16).default(3).describe("Of asha: one in so many goes on at each rung"),
  seed: z.int().min(0).max(0xffffffff).default(1),
});
export type SearchSection = z.infer<typeof SearchSection>;

/** A trial as the table of a search has it. */
export const RankedTrial = z.strictObject({
  number: z.int().nonnegative(),
  state: z.enum(["completed", "stopped", "failed"]),
  values: SearchedValues,
  /** Validation loss in nats a token, of a stopped trial its last one; null where there was none. */
  loss: z.number().nullable(),
  /** Steps of its last validation. */
  step: z.int().nonnegative(),
});
export type RankedTrial = z.infer<typeof RankedTrial>;

/**
 * All choices, or the ends of a range: what holds of them holds of what lies between. Of a range of floats also one that is not whole,
 * since its ends alone may be.
 */
export function probesOf(range: SearchedRange): readonly z.infer<typeof Value>[] {
  if ("choices" in range) return range.choices;
  if ("integer" in range) return range.integer;
  const [low, high] = range.float;
  return [low, high, low + Math.min(0.5, (high - low) / 2)];
}

/**
 * What a recipe becomes under values of a trial: they stand where the keys say, and nothing is searched any more. It may be no valid
 * recipe, since keys depend on each other.
 */
export function withValues(recipe: object, values: SearchedValues): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...recipe };
  delete changed["search"];
  for (const [path, value] of Object.entries(values)) {
    const [section = "", key = ""] = path.split(".");
    changed[section] = { ...(changed[section] as object | undefined), [key]: value };
  }
  return changed;
}
