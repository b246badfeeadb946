/** What the Training tab and its exports read. */
import { Recipe, type RunView, Summary, TrainingRunView, VersionList } from "@millrace/contracts";
import type { HttpContext } from "@millrace/service";
import { type Answer, ask, valueOf, valueOrThrow } from "../ask.ts";
import { failing, type Html } from "../html.ts";
import type { Comparison } from "../pages/run_compare.ts";
import { trainingTab } from "../pages/run_training.ts";
import { COLORS, colorsOf } from "../run_colors.ts";
import type { ComparedRun } from "../run_comparison.ts";
import { askRun, traceId } from "./page_context.ts";

/** Points of a curve: more than a screen has pixels is not seen. */
const POINTS = 1200;
/** Runs that are offered for comparison. */
const MOST_OFFERED = 30;

export async function readTraining(context: HttpContext, run: RunView, runs: readonly RunView[]): Promise<Html> {
  const [training, summary, versions, comparison] = await Promise.all([
    askTraining(context, run.id),
    askSummary(context, run.id),
    ask(context, "registry", `/api/registry/models/${run.name}/versions`, VersionList),
    readComparison(context, run, runs),
  ]);
  if (training.kind === "failed") return failing(training.failure, "Reload the page.", traceId(context));
  return trainingTab({
    run,
    training: valueOf(training),
    summary: valueOf(summary),
    version: valueOf(versions)?.versions.find(({ runId }) => runId === run.id),
    comparison,
    others: runs.filter((other) => other.id !== run.id && hasTrained(other)).slice(0, MOST_OFFERED),
    nowMs: context.var.ports.now(),
  });
}

function hasTrained({ stages }: RunView): boolean {
  return stages.some(({ stage, startedAt }) => stage === "training" && startedAt !== null);
}

/** Runs named beside the page's own, in their order: `?with=run-2,run-3`. */
export function namedBeside(context: HttpContext, own: string): string[] {
  const named = (context.req.queries("with") ?? []).flatMap((list) => list.split(","));
  return [...new Set(named)].filter((id) => id !== "" && id !== own);
}

/**
 * The runs that the address names beside the page's own; undefined when it names none.
 * @throws {HttpError} 404 if one of them is not in the project.
 */
export async function readComparison(
  context: HttpContext,
  run: RunView,
  runs: readonly RunView[],
): Promise<Comparison | undefined> {
  const named = namedBeside(context, run.id);
  if (named.length === 0) return undefined;
  const found = named.slice(0, COLORS - 1).map(async (id) => {
    return valueOrThrow(await askRun(context, id, runs), `There is no run "${id}" in this project.`);
  });
  const shown = [run, ...(await Promise.all(found))];
  const colors = colorsOf(shown, runs);
  const read = await Promise.all(shown.map((one) => readCompared(context, one, colors.get(one.id) ?? 1, shown.length)));
  const tooMany = named.slice(COLORS - 1).map((id) => ({ id, why: `A chart holds ${COLORS} runs.` }));
  return {
    runs: read.flatMap((one) => ("training" in one ? [one] : [])),
    leftOut: [...read.flatMap((one) => ("why" in one ? [one] : [])), ...tooMany],
  };
}

async function readCompared(
  context: HttpContext,
  run: RunView,
  color: number,
  shown: number,
): Promise<ComparedRun | { id: string; why: string }> {
  const [training, recipe, summary] = await Promise.all([
    askTraining(context, run.id, Math.ceil((2 * POINTS) / (shown + 1))),
    ask(context, "automation", `/api/automation/runs/${run.id}/recipe`, Recipe),
    askSummary(context, run.id),
  ]);
  if (training.kind === "missing") return { id: run.id, why: "It has not begun to train." };
  if (training.kind === "failed") return { id: run.id, why: training.failure.found };
  return {
    run,
    color,
    training: training.value,
    recipe: valueOf(recipe),
    bitsPerByte: valueOf(summary)?.bitsPerByte?.model ?? null,
  };
}

export function askSummary(context: HttpContext, runId: string): Promise<Answer<Summary>> {
  return ask(context, "automation", `/api/automation/runs/${encodeURIComponent(runId)}/summary`, Summary);
}

/** @param points About how many to keep of a curve. */
export function askTraining(context: HttpContext, runId: string, points = POINTS): Promise<Answer<TrainingRunView>> {
  return ask(context, "registry", `/api/registry/runs/${encodeURIComponent(runId)}?points=${points}`, TrainingRunView);
}
