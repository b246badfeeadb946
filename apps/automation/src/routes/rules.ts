import {
  type CloudEvent,
  type EventData,
  EVENTS,
  Recipe,
  type Rule,
  RuleDryRun,
  type RuleList,
  streamOf,
  WrittenRule,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, needs, runCommand } from "@millrace/service";
import type { Queries } from "@millrace/database";
import { z } from "zod";
import { loggedEvent } from "../logged_event.ts";
import { dryRun } from "../rules/dry_run.ts";
import { refuseImpossible } from "../possible_recipe.ts";
import { dropRule, firedSince, keepRule, listFirings, listRules, switchShipped } from "../rules/rule_store.ts";
import { SHIPPED_RULES } from "../rules/shipped_rules.ts";

const BASE = "/api/automation/rules";
const DAY_MS = 86_400_000;
const MOST_RULES = 200;
const MOST_FIRINGS = 500;

/** Of a shipped rule, only this can be changed: who says more wants more, and must hear that it does not happen. */
const Switch = z.strictObject({ id: z.string().optional(), enabled: z.boolean() });

/** Rules over HTTP. */
export function ruleRoutes(http: Http): void {
  http.get(BASE, needs("viewer", "read"), async (context) => context.json(await ruleList(context)));

  http.get(`${BASE}/firings`, needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    return context.json({ firings: await listFirings(ports.database.drizzle, identity.project, MOST_FIRINGS) });
  });

  http.put(`${BASE}/:id`, needs("operator", "train", "deploy"), async (context) => {
    const id = context.req.param("id");
    const { project } = context.var.identity;
    const db = context.var.ports.database.drizzle;
    if (SHIPPED_RULES.some((rule) => rule.id === id)) {
      await refuseWrittenOut(context, id);
      const { enabled } = await readJson(context, Switch);
      await change(context, id, enabled ? "switched on" : "switched off", (own) =>
        switchShipped(own, project, id, enabled),
      );
      return context.json(await ruleList(context));
    }
    await refuseSwitch(context, id);
    const rule = await readJson(context, WrittenRule);
    if (rule.id !== id) {
      throw new HttpError(400, "invalid_request", `keeping rule "${id}": found id "${rule.id}" in it`);
    }
    const own = (await listRules(db, project)).filter(({ source }) => source === "own");
    if (own.length >= MOST_RULES && !own.some((other) => other.id === id)) {
      throw new HttpError(409, "conflict", `keeping rule "${id}": there are ${MOST_RULES} already, drop one first`);
    }
    const kept = await keepRecipe(context, rule);
    await change(context, id, "kept", (own) => keepRule(own, project, kept));
    return context.json(await ruleList(context));
  });

  http.get(`${BASE}/:id/recipe`, needs("viewer", "read"), async (context) => {
    const id = context.req.param("id");
    const { ports, identity, artifacts } = context.var;
    const rule = (await listRules(ports.database.drizzle, identity.project)).find((one) => one.id === id);
    if (rule?.recipe === undefined) {
      throw new HttpError(404, "not_found", `reading the recipe of rule "${id}": there is none in this project`);
    }
    const bytes = await artifacts.bytes(rule.recipe.artifact.sha256);
    return context.json(Recipe.parse(JSON.parse(new TextDecoder().decode(bytes))));
  });

  http.delete(`${BASE}/:id`, needs("operator", "train", "deploy"), async (context) => {
    const id = context.req.param("id");
    if (SHIPPED_RULES.some((rule) => rule.id === id)) {
      throw new HttpError(409, "conflict", `dropping rule "${id}": it is shipped, and can be switched off only`);
    }
    await change(context, id, "dropped", async (db) => {
      if (await dropRule(db, context.var.identity.project, id)) return;
      throw new HttpError(404, "not_found", `dropping rule "${id}": there is none in this project`);
    });
    return context.json(await ruleList(context));
  });

  http.post(`${BASE}/dry-run`, needs("viewer", "read"), async (context) => {
    const { rule, days } = await readJson(context, RuleDryRun);
    return context.json(dryRun(rule, await eventsOf(context, rule.on, days)));
  });
}

/** Whoever says no more than whether a rule is on means a shipped one. */
async function refuseSwitch(context: HttpContext, id: string): Promise<void> {
  if (!Switch.safeParse(await readJson(context, z.unknown())).success) return;
  const shipped = SHIPPED_RULES.map((rule) => rule.id).join(", ");
  const message = `switching rule "${id}": wanted a shipped one (${shipped}); a rule of your own is written whole`;
  throw new HttpError(404, "not_found", message);
}

/** Whoever writes a shipped rule out would hear of its keys one by one, also of those that only a form has filled in. */
async function refuseWrittenOut(context: HttpContext, id: string): Promise<void> {
  if (!z.looseObject({ on: z.string() }).safeParse(await readJson(context, z.unknown())).success) return;
  const why = "it is shipped, and can be switched only: found a rule written out, wanted enabled alone";
  throw new HttpError(400, "invalid_request", `changing rule "${id}": ${why}`);
}

/** Changes a rule, and tells who did. */
async function change(
  context: HttpContext,
  ruleId: string,
  what: EventData<(typeof EVENTS)["ruleChanged"]>["change"],
  work: (db: Queries) => Promise<void>,
): Promise<void> {
  const subject = `rule ${ruleId}`;
  const command = { name: "change_rule", version: 1, idempotencyKey: crypto.randomUUID() };
  await runCommand(context, { ...command, correlationId: subject, subject }, async (effect) => {
    await work(effect.db);
    effect.output(ruleId, EVENTS.ruleChanged, { ruleId, change: what, by: context.var.identity.name });
  });
}

/** The recipe of a rule becomes an artifact, as that of a run does. */
async function keepRecipe({ var: { artifacts } }: HttpContext, { recipe, ...rule }: WrittenRule): Promise<Rule> {
  if (recipe === undefined) return rule;
  refuseImpossible(recipe);
  const artifact = await artifacts.put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
  return { ...rule, recipe: { name: recipe.name, artifact } };
}

async function ruleList(context: HttpContext): Promise<RuleList> {
  const { ports, identity } = context.var;
  const db = ports.database.drizzle;
  const fired = await firedSince(db, identity.project, ports.now() - DAY_MS);
  const rules = (await listRules(db, identity.project)).map((rule) => {
    const { times = 0, last } = fired.get(rule.id) ?? {};
    return { ...rule, firedToday: times, lastFiredAt: last === undefined ? null : new Date(last).toISOString() };
  });
  return { rules };
}

async function eventsOf(context: HttpContext, type: string, days: number): Promise<CloudEvent[]> {
  const { ports, identity } = context.var;
  const since = ports.now() - days * DAY_MS;
  const events: CloudEvent[] = [];
  const options = { stream: streamOf(type).name, from: "start" as const, project: identity.project };
  for await (const logged of ports.bus.replay(options)) {
    const event = loggedEvent(logged.payload);
    if (event?.type === type && Date.parse(event.time) >= since) events.push(event);
  }
  return events;
}
