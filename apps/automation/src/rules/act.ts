/** Carries out what a rule says, as events: a command is published, nothing is called. */
import { EVENTS, isFinal, type Rule, type RuleOutcome, uuidV5 } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { type RunRow, runs } from "../tables.ts";

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
    case "start_run":
      return startRun(context, rule, eventId);
  }
}

async function startRun(context: EffectContext, { id, recipe }: Rule, eventId: string): Promise<Acted> {
  if (recipe === undefined) throw new TypeError(`rule ${id} starts runs: found no recipe, wanted one`);
  const underWay = (await runsOf(context, recipe.name)).find(({ state }) => !isFinal(state));
  if (underWay) return { outcome: "in_flight", detail: `${underWay.id} is under way for ${recipe.name}` };
  const runId = await nameRun(context, id, eventId);
  context.output(id, EVENTS.pipelineStart, { runId, name: recipe.name, recipe: recipe.artifact }, runId);
  return { outcome: "done", detail: `${runId} trains ${recipe.name}` };
}

async function nameRun(context: EffectContext, ruleId: string, eventId: string): Promise<string> {
  const id = await uuidV5(JSON.stringify(["retrain", context.project, ruleId, eventId]));
  return `run-${id.slice(0, 8)}`;
}

function runsOf(context: EffectContext, model: string): Promise<RunRow[]> {
  return context.db
    .select()
    .from(runs)
    .where(and(eq(runs.project, context.project), eq(runs.name, model)));
}

async function retrain(
  context: EffectContext,
  rule: Rule,
  { model, version }: Subject,
  eventId: string,
): Promise<Acted> {
  const ofModel = await runsOf(context, model);
  const underWay = ofModel.find(({ state }) => !isFinal(state));
  if (underWay) return { outcome: "in_flight", detail: `${underWay.id} is under way for ${model}` };
  const made = ofModel.find(({ facts }) => facts.registered?.version === version);
  if (!made) return { outcome: "not_applicable", detail: `no run of this project made ${model}@${version}` };
  const runId = await nameRun(context, rule.id, eventId);
  context.output(rule.id, EVENTS.pipelineStart, { runId, name: model, recipe: made.recipeRef }, runId);
  return { outcome: "done", detail: `${runId} trains ${model} anew, by the recipe of version ${version}` };
}
