import { z } from "zod";
import { defineEvent } from "../event_definition.ts";
import { RuleAction, RuleOutcome } from "../formats/rule.ts";
import { ModelName } from "../recipe.ts";

/** Somebody has kept, dropped or switched a rule. */
export const ruleChanged = defineEvent({
  type: "millrace.rule.changed.v1",
  kind: "fact",
  emitters: ["automation"],
  consumers: ["registry"],
  outputKey: "the rule",
  schema: z.strictObject({
    ruleId: z.string(),
    change: z.enum(["kept", "dropped", "switched on", "switched off"]),
    by: z.string().min(1).max(200),
  }),
  example: { ruleId: "retrain-after-rollback", change: "kept", by: "ada" },
});

/** The conditions of a rule held: told also where it did nothing, with the reason. */
export const ruleFired = defineEvent({
  type: "millrace.rule.fired.v1",
  kind: "fact",
  emitters: ["automation"],
  consumers: ["console"],
  outputKey: "the rule",
  schema: z.strictObject({
    ruleId: z.string(),
    action: RuleAction,
    model: ModelName,
    version: z.int().positive(),
    outcome: RuleOutcome,
    detail: z.string().max(500),
  }),
  example: {
    ruleId: "gates-passed",
    action: "start_rollout",
    model: "docs",
    version: 2,
    outcome: "done",
    detail: "docs@2 is rolled out",
  },
});
