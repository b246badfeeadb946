/** Rules: what happens by itself when an event says so. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { ModelName, Recipe } from "../recipe.ts";

/** Events that rules can wait for. */
export const RULE_EVENTS = [
  "millrace.model.registered.v1",
  "millrace.model.gated.v1",
  "millrace.rollout.ready.v1",
  "millrace.rollout.judged.v1",
  "millrace.rollout.aborted.v1",
  "millrace.model.deployed.v1",
  "millrace.alert.raised.v1",
] as const;

const Scalar = z.union([z.string().max(500), z.number(), z.boolean()]);

/** A comparison with one field of the event's data. A field that is missing meets no condition but `!=`. */
export const RuleCondition = z.discriminatedUnion("op", [
  z.strictObject({ field: fieldPath(), op: z.enum(["==", "!="]), value: Scalar }),
  z.strictObject({ field: fieldPath(), op: z.enum([">", ">=", "<", "<="]), value: z.number() }),
  z.strictObject({ field: fieldPath(), op: z.literal("in"), value: z.array(Scalar).min(1).max(100) }),
]);
export type RuleCondition = z.infer<typeof RuleCondition>;

/** What a rule does, with the model and version that the event names, or with a recipe of its own. */
export const RuleAction = z.enum([
  /** Gives the version all traffic, or a canary's part. */
  "start_rollout",
  /** Gives the version all traffic. */
  "promote",
  /** Takes all traffic from a version that is on its way. */
  "abort",
  /** Starts a new run with the recipe that the version was made by. */
  "retrain",
  /** Starts a run of a recipe of its own. */
  "start_run",
]);
export type RuleAction = z.infer<typeof RuleAction>;

/** What every form of a rule says. */
const said = {
  id: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, { error: "expected 1 to 64 of a-z, 0-9 and '-'" }),
  description: z.string().max(500).default(""),
  enabled: z.boolean().default(true),
  on: z.enum(RULE_EVENTS),
  /** All must hold. */
  when: z.array(RuleCondition).max(20).default([]),
  do: RuleAction,
  /** Least time from one firing to the next, for one model. */
  cooldownSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0),
  /** Most firings in 24 hours, for one model. */
  maxPerDay: z.int().min(1).max(1000).default(100),
};

/** A rule as it is kept: a recipe is an artifact, which no later change of a file reaches. */
export const Rule = z.strictObject({
  ...said,
  recipe: z.strictObject({ name: ModelName, artifact: ArtifactRef }).optional(),
});
export type Rule = z.infer<typeof Rule>;

/** A rule as it is written. A recipe is given whole: a name of a file would be one of the server's. */
export const WrittenRule = z.strictObject({ ...said, recipe: Recipe.optional() }).superRefine((rule, context) => {
  const isWanted = rule.do === "start_run";
  if (isWanted === (rule.recipe !== undefined)) return;
  const message = isWanted
    ? "expected the recipe of the run that start_run starts"
    : "expected none: only start_run has one";
  context.addIssue({ code: "custom", path: ["recipe"], message });
});
export type WrittenRule = z.infer<typeof WrittenRule>;

/** A rule to be held against what was: what a run would be made of does not matter. */
export const RuleToTry = z.strictObject({ ...said, recipe: Recipe.optional() });
export type RuleToTry = z.infer<typeof RuleToTry>;

/** What came of a rule whose conditions held. */
export const RuleOutcome = z.enum(["done", "cooldown", "daily_limit", "in_flight", "limit_reached", "not_applicable"]);
export type RuleOutcome = z.infer<typeof RuleOutcome>;

/** A path from the event's data down, such as `evidence.errors.canary`. */
function fieldPath() {
  return z.string().regex(/^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*){0,5}$/, {
    error: "expected a path into the event's data, such as verdict or evidence.errors.canary",
  });
}
