import {
  CATALOGUE,
  type CloudEvent,
  type EventDefinition,
  EVENTS,
  NO_LIMITS,
  type Rule,
  RULE_EVENTS,
} from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { type EffectContext, type LimitsOf, onEvent, type Subscription } from "@millrace/service";
import { z } from "zod";
import { askRoom } from "../room.ts";
import { act } from "../rules/act.ts";
import { meets } from "../rules/conditions.ts";
import { heldBack, LONGEST_MS } from "../rules/limits.ts";
import { noteUnanswered } from "./follow_rollout.ts";
import { doneSince, keepFiring, listRules } from "../rules/rule_store.ts";

/** What limits of a project concern. */
const STARTS_RUNS: readonly Rule["do"][] = ["retrain", "start_run"];

/** Rules that an event meets. */
async function firing(db: Queries, project: string, type: string, data: Record<string, unknown>): Promise<Rule[]> {
  const rules = await listRules(db, project);
  return rules.filter((rule) => rule.enabled && rule.on === type && meets(rule, data));
}

/** What every event that rules can wait for says. */
const Subject = z.object({ model: z.string(), version: z.number() });

/**
 * One handler an event: they differ in nothing but the event. One at a time, so that limits hold between them.
 * @param limitsOf Absent: no project has a limit.
 */
export const ruleHandlers = (limitsOf: LimitsOf | undefined): readonly Subscription[] =>
  RULE_EVENTS.map((type) =>
    onEvent({
      name: `rules_${type.split(".").slice(1, -1).join("_")}`,
      version: 1,
      event: CATALOGUE.get(type) as EventDefinition,
      maxInFlight: 1,
      async prepare({ data }, { db, project, artifacts }) {
        const startsRuns = (await firing(db, project, type, data)).some(({ do: action }) =>
          STARTS_RUNS.includes(action),
        );
        return startsRuns ? askRoom((await limitsOf?.(project)) ?? NO_LIMITS, artifacts) : undefined;
      },
      async handle(event, context, room) {
        const { model, version } = Subject.parse(event.data);
        const acts = new Set<Rule["do"]>();
        for (const rule of await firing(context.db, context.project, type, event.data)) {
          const now = context.now();
          const fired = await doneSince(context.db, context.project, rule.id, now - LONGEST_MS, model);
          const held = heldBack(rule, fired, now);
          const { outcome, detail } =
            held === undefined
              ? await act(context, rule, { model, version }, event.id, room)
              : { outcome: held, detail: `it fired ${fired.length} times for ${model} in 30 days` };
          const firing = { ruleId: rule.id, action: rule.do, model, version, outcome, detail };
          await keepFiring(context.db, context.project, { ...firing, eventId: event.id, eventType: type }, now);
          context.output(rule.id, EVENTS.ruleFired, firing);
          if (outcome === "done") acts.add(rule.do);
        }
        await awaitPerson(context, event, acts);
      },
    }),
  );

/** What a version waits for that no rule has given it: a person's word. */
async function awaitPerson(context: EffectContext, event: CloudEvent, acts: ReadonlySet<Rule["do"]>): Promise<void> {
  const endsWait = (...all: Rule["do"][]): boolean => all.some((action) => acts.has(action));
  if (event.type === EVENTS.rolloutReady.type && !endsWait("start_rollout", "promote", "abort")) {
    const { runId, attempt } = EVENTS.rolloutReady.schema.parse(event.data);
    return noteUnanswered(context, runId, { attempt, finding: "ready" });
  }
  if (event.type !== EVENTS.rolloutJudged.type || endsWait("promote", "abort")) return;
  const { attempt, verdict } = EVENTS.rolloutJudged.schema.parse(event.data);
  if (verdict !== "healthy" || attempt === undefined) return;
  await noteUnanswered(context, event.correlationid, { attempt, finding: "healthy" });
}
