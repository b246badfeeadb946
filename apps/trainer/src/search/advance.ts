/** Moves a search on: begins the trials that may begin, and ends it when none is left. */
import {
  EVENTS,
  type RankedTrial,
  Recipe,
  type SearchedValues,
  type SearchSection,
  withValues,
} from "@millrace/contracts";
import { bestOf, gridSize, ranked, suggest, type Trial } from "@millrace/search";
import { type EffectContext, failStage } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { searches, trials } from "../tables.ts";
import { knownTo, mayBegin } from "./known_trials.ts";
import { listTrials, type SearchRow, trialIdOf, trialJobKey } from "./search_store.ts";
import { searchOf } from "./settings.ts";

export const TRIAL = "trial";
/** Trials that the end of a search tells of. */
const MOST_TOLD = 100;

/**
 * Does what the state of the trials allows.
 * @param search Locked.
 * @param recipe Of the run.
 */
export async function advanceSearch(context: EffectContext, search: SearchRow, recipe: Recipe): Promise<void> {
  if (search.state === "ended") return;
  const { runId, attempt, section } = search;
  const all = await listTrials(context.db, context.project, runId);
  tellProgress(context, search, all);
  const wanted = trialsOf(section);
  while (all.length < wanted && mayBegin(all.length, section.parallel, all)) {
    const number = all.length;
    const values = suggest(searchOf(section), number, knownTo(number, section.parallel, all))!;
    const row = { runId, number, values: { ...values }, state: "running" as const, reports: [] };
    await context.db.insert(trials).values({ project: context.project, ...row });
    all.push(row);
    await startTrial(context, search, number);
  }
  if (all.some(({ state }) => state === "running")) return;
  const ofRun = and(eq(searches.project, context.project), eq(searches.runId, runId));
  await context.db.update(searches).set({ state: "ended" }).where(ofRun);
  const best = bestOf(all);
  if (best === undefined) {
    const message = `searching: none of ${all.length} trials came to its end; see why at the trials of run ${runId}`;
    return failStage(context, "training", { runId, attempt }, { code: "search_failed", message });
  }
  await tellEnd(context, runId, best, all, recipe);
}

/** How many there will be: a grid may have fewer points than the recipe allows trials. */
function trialsOf(section: SearchSection): number {
  const { space, method } = searchOf(section);
  return method === "grid" ? Math.min(section.trials, gridSize(space)) : section.trials;
}

/** Begins the job of a trial. */
export function startTrial(context: EffectContext, search: SearchRow, number: number): Promise<void> {
  const { runId, attempt, recipe, tokenized, base } = search;
  const input = { runId, attempt, number, recipe, tokenized, ...(base && { base }) };
  return context.startJob(TRIAL, trialJobKey(runId, attempt, number), input);
}

function tellProgress(context: EffectContext, { runId, section, attempt }: SearchRow, all: readonly Trial[]): void {
  const done = all.filter(({ state }) => state !== "running").length;
  const progress = { runId, stage: "training" as const, done, total: trialsOf(section), unit: "trials" };
  context.output(`trials ${done} attempt ${attempt}`, EVENTS.stageProgressed, progress);
}

async function tellEnd(
  context: EffectContext,
  runId: string,
  { number, values, objective }: Trial,
  all: readonly Trial[],
  recipe: Recipe,
): Promise<void> {
  const chosen = Recipe.parse(withValues(recipe, values as SearchedValues));
  const bytes = new TextEncoder().encode(JSON.stringify(chosen));
  const counted = (state: Trial["state"]): number => all.filter((trial) => trial.state === state).length;
  context.output("the run", EVENTS.trainingSearched, {
    runId,
    recipe: await context.artifacts.put(bytes, "application/json"),
    best: { number, trialId: trialIdOf(runId, number), values: { ...values }, objective: objective! },
    trials: { completed: counted("completed"), stopped: counted("stopped"), failed: counted("failed") },
    table: ranked(all).slice(0, MOST_TOLD).map(rankedTrial),
  });
}

function rankedTrial({ number, state, values, objective, reports }: Trial): RankedTrial {
  const last = reports.at(-1);
  if (state === "running") throw new Error(`ending a search: trial ${number} is still running`);
  return { number, state, values: { ...values }, loss: objective ?? last?.value ?? null, step: last?.step ?? 0 };
}
