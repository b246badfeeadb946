/** Carries out what a rule says, as events: a command is published, nothing is called. */
import { EVENTS, isFinal, type Rule, type RuleOutcome, uuidV5 } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { runs } from "../tables.ts";

export interface Subject {
  readonly model: string;
  readonly version: number;
}

export interface Acted {
  readonly outcome: RuleOutcome;
  readonly detail: string;
}

/** @param eventId The event that fired the rule. */
export async function act(context: EffectContext, rule: Rule, subject: Subject, eventId: string): Promise<Acted> {
  const { model, version } = subject;
  const name = `${model}@${version}`;
  const reason = `rule ${rule.id}`;
  const command = { model, version, reason };
  switch (rule.do) {
    case "start_rollout":
      context.output(rule.id, EVENTS.rolloutStart, command);
      return { outcome: "done", detail: `${name} is rolled out` };
    case "promote":
      context.output(rule.id, EVENTS.rolloutPromote, command);
      return { outcome: "done", detail: `${name} is given all traffic` };
    case "abort":
      context.output(rule.id, EVENTS.rolloutAbort, command);
      return { outcome: "done", detail: `${name} is taken back` };
    case "retrain":
      return retrain(context, rule, subject, eventId);
  }
}

async function retrain(
  context: EffectContext,
  rule: Rule,
  { model, version }: Subject,
  eventId: string,
): Promise<Acted> {
  const ofModel = await context.db
    .select()
    .from(runs)
    .where(and(eq(runs.project, context.project), eq(runs.name, model)));
  const underWay = ofModel.find(({ state }) => !isFinal(state));
  if (underWay) return { outcome: "in_flight", detail: `${underWay.id} is under way for ${model}` };
  const made = ofModel.find(({ facts }) => facts.registered?.version === version);
  if (!made) return { outcome: "not_applicable", detail: `no run of this project made ${model}@${version}` };
  const id = await uuidV5(JSON.stringify(["retrain", context.project, rule.id, eventId]));
  const runId = `run-${id.slice(0, 8)}`;
  context.output(rule.id, EVENTS.pipelineStart, { runId, name: model, recipe: made.recipeRef });
  return { outcome: "done", detail: `${runId} trains ${model} anew, by the recipe of version ${version}` };
}
