/** `/api/automation/rules`. */
import { z } from "zod";
import { Rule, RuleAction, RuleOutcome, RuleToTry } from "../formats/rule.ts";

/** `GET /api/automation/rules`; `PUT …/rules/:id` with a WrittenRule; `GET …/rules/:id/recipe` answers with the Recipe of one that starts runs; `DELETE …/rules/:id`. Shipped ones can be switched off and on only. */
export const RuleList = z.strictObject({
  rules: z.array(
    z.strictObject({
      ...Rule.shape,
      source: z.enum(["shipped", "own"]),
      /** Firings in the last 24 hours that did something. */
      firedToday: z.int().nonnegative(),
      lastFiredAt: z.iso.datetime().nullable(),
    }),
  ),
});
export type RuleList = z.infer<typeof RuleList>;

export const RuleFiring = z.strictObject({
  ruleId: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  action: RuleAction,
  model: z.string(),
  version: z.int().positive(),
  outcome: RuleOutcome,
  detail: z.string(),
  at: z.iso.datetime(),
});
export type RuleFiring = z.infer<typeof RuleFiring>;

/** `GET /api/automation/rules/firings`: newest first. */
export const RuleFirings = z.strictObject({ firings: z.array(RuleFiring) });
export type RuleFirings = z.infer<typeof RuleFirings>;

/** `POST /api/automation/rules/dry-run`: the rule held against the events of the last days. Nothing is done. */
export const RuleDryRun = z.strictObject({ rule: RuleToTry, days: z.int().min(1).max(90).default(7) });
export type RuleDryRun = z.infer<typeof RuleDryRun>;
export const RuleDryRunResult = z.strictObject({
  /** Events of the type. */
  seen: z.int().nonnegative(),
  /** Events that met the conditions. */
  matched: z.int().nonnegative(),
  /** Of these, those that neither cooldown nor daily limit would have held back. */
  wouldFire: z.int().nonnegative(),
  /** The newest that would have fired, ten at most. */
  examples: z.array(
    z.strictObject({ eventId: z.string(), time: z.iso.datetime(), data: z.record(z.string(), z.unknown()) }),
  ),
});
export type RuleDryRunResult = z.infer<typeof RuleDryRunResult>;
