/** Carries out what a rule says, as events: a command is published, nothing is called. */
import { EVENTS, type Rule, type RuleOutcome, uuidV5 } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { and, eq, sql } from "drizzle-orm";
import { planRun } from "../plan_run.ts";
import { lockStarts, refusalOf, type Room } from "../room.ts";
import { underWay } from "../store.ts";
import { type RunRow, runs } from "../tables.ts";
import { fromTheStart, keptRecipe } from "./rule_recipe.ts";

export interface Subject {
  readonly model: string;
  readonly version: number;
}

export interface Acted {
  readonly outcome: RuleOutcome;
  readonly detail: string;
}

/**
 * @param eventId The event that fired the rule.
 * @param room For a run that it may start; asked for where a rule that starts runs was met.
 * @throws {Error} Where such a rule was changed since it was looked: the event is taken anew then.
 */
export async function act(
  context: EffectContext,
  rule: Rule,
  subject: Subject,
  eventId: string,
  room: Room | undefined,
): Promise<Acted> {
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
      return retrain(context, rule, subject, eventId, asked(rule, room));
    case "start_run":
      return startRun(context, rule, eventId, asked(rule, room));
  }
}

function asked({ id }: Rule, room: Room | undefined): Room {
  if (room === undefined) throw new Error(`rule ${id} has come to start runs while its event was handled: look again`);
  return room;
}

async function startRun(
  context: EffectContext,
  { id, recipe: own }: Rule,
  eventId: string,
  room: Room,
): Promise<Acted> {
  if (own === undefined) throw new TypeError(`rule ${id} starts runs: found no recipe, wanted one`);
  const { name, artifact: recipeRef } = own;
  const recipe = keptRecipe(await context.artifacts.bytes(recipeRef.sha256));
  if (typeof recipe === "string") return { outcome: "not_applicable", detail: `the recipe of the rule: ${recipe}` };
  const held = await inFlight(context, name);
  return held ?? begin(context, { name, recipe, recipeRef }, { ruleId: id, eventId, room, what: `trains ${name}` });
}

async function retrain(
  context: EffectContext,
  rule: Rule,
  { model, version }: Subject,
  eventId: string,
  room: Room,
): Promise<Acted> {
  const held = await inFlight(context, model);
  if (held) return held;
  const isMadeBy = sql`${runs.facts} -> 'registered' ->> 'version' = ${String(version)}`;
  const [made] = await context.db
    .select({ recipeRef: runs.recipeRef })
    .from(runs)
    .where(and(eq(runs.project, context.project), eq(runs.name, model), isMadeBy))
    .limit(1);
  if (!made) return { outcome: "not_applicable", detail: `no run of this project made ${model}@${version}` };
  const kept = keptRecipe(await context.artifacts.bytes(made.recipeRef.sha256));
  if (typeof kept === "string")
    return { outcome: "not_applicable", detail: `the recipe of ${model}@${version}: ${kept}` };
  const recipe = fromTheStart(kept);
  const recipeRef =
    kept.train.from === undefined
      ? made.recipeRef
      : await context.artifacts.put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
  const what = `trains ${model} anew, by the recipe of version ${version}`;
  return begin(context, { name: model, recipe, recipeRef }, { ruleId: rule.id, eventId, room, what });
}

interface Cause {
  readonly ruleId: string;
  readonly eventId: string;
  readonly room: Room;
  /** What the run does, for people. */
  readonly what: string;
}

/** Holds a rule back while a run of the name is under way. Others who start one wait until the transaction ends. */
async function inFlight(context: EffectContext, name: string): Promise<Acted | undefined> {
  await lockStarts(context.db, context.project);
  const [found] = await context.db
    .select({ id: runs.id })
    .from(runs)
    .where(and(underWay(context.project), eq(runs.name, name)))
    .orderBy(runs.createdAt, runs.id)
    .limit(1);
  return found && { outcome: "in_flight", detail: `${found.id} is under way for ${name}` };
}

/** Plans a run and asks for it, unless the project has no room for it. */
async function begin(
  context: EffectContext,
  run: Pick<RunRow, "name" | "recipe" | "recipeRef">,
  { ruleId, eventId, room, what }: Cause,
): Promise<Acted> {
  const refusal = await refusalOf(context.db, context.project, room);
  if (refusal) return { outcome: "limit_reached", detail: `no run of ${run.name} was started: ${refusal.reason}` };
  const uuid = await uuidV5(JSON.stringify(["retrain", context.project, ruleId, eventId]));
  const runId = `run-${uuid.slice(0, 8)}`;
  if (!(await planRun(context, { id: runId, ...run }))) {
    return {
      outcome: "not_applicable",
      detail: `no run of ${run.name} was started: there is one with its id, ${runId}`,
    };
  }
  context.output(ruleId, EVENTS.pipelineStart, { runId, name: run.name, recipe: run.recipeRef }, runId);
  return { outcome: "done", detail: `${runId} ${what}` };
}
