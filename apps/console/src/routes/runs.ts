import { DeploymentList, Recipe, RunEvents, RunReport, RunView, TrialList } from "@millrace/contracts";
import { hasRole, type Http, type HttpContext, HttpError } from "@millrace/service";
import { type Answer, ask, NOT_ASKED, valueOf } from "../ask.ts";
import { failing, type Html } from "../html.ts";
import { nameOfTab, overviewTab, runPage, type Tab } from "../pages/run.ts";
import { comparisonAddress } from "../pages/run_compare.ts";
import { eventsTab } from "../pages/run_events.ts";
import { recipeTab } from "../pages/run_recipe.ts";
import { trialsTab } from "../pages/run_trials.ts";
import { runsPage } from "../pages/runs.ts";
import { addPage, askRuns, type Page, type Site, traceId } from "./page_context.ts";
import { askSummary, namedBeside, readTraining } from "./training.ts";

export function runPages(http: Http, site: Site): void {
  addPage(http, site, "/runs", async (context) => {
    const answer = await askRuns(context);
    const runs = valueOf(answer)?.runs;
    const deployments = await askDeployments(context, runs ?? []);
    const body = runsPage(answer, deployments, context.var.ports.now(), traceId(context));
    return { title: "Runs", place: "runs", body, runs, liveRun: "" };
  });
  addPage(http, site, "/runs/:id", (context) =>
    tab(context, "overview", async (run) => {
      const summary = await askSummary(context, run.id);
      return overviewTab(run, valueOf(summary));
    }),
  );
  // A form names each run by itself; the address that stays is the short one.
  http.get("/runs/:id/training", async (context, next) => {
    if ((context.req.queries("with") ?? []).length < 2) return next();
    const id = context.req.param("id");
    return context.redirect(comparisonAddress(id, namedBeside(context, id)), 303);
  });
  addPage(http, site, "/runs/:id/training", (context) =>
    tab(context, "training", (run, runs) => readTraining(context, run, runs)),
  );
  addPage(http, site, "/runs/:id/trials", (context) =>
    tab(context, "trials", async (run) => {
      const trials = await askTrials(context, run.id);
      if (trials.kind === "failed") return failing(trials.failure, "Reload the page.", traceId(context));
      return trialsTab(run.id, valueOf(trials)?.trials ?? [], context.req.query("sort") ?? "loss");
    }),
  );
  addPage(http, site, "/runs/:id/events", (context) =>
    tab(context, "events", async (run) => {
      const events = await ask(context, "automation", `/api/automation/runs/${run.id}/events`, RunEvents);
      if (events.kind === "failed") return failing(events.failure, "Reload the page.", traceId(context));
      return eventsTab(run.id, valueOf(events)?.events ?? [], Date.parse(run.createdAt));
    }),
  );
  addPage(http, site, "/runs/:id/recipe", (context) =>
    tab(context, "recipe", async (run, runs) => {
      const before = runs.slice(runs.findIndex(({ id }) => id === run.id) + 1).find(({ name }) => name === run.name);
      const [recipe, previous] = await Promise.all([
        askRecipe(context, run.id),
        before === undefined ? NOT_ASKED : askRecipe(context, before.id),
      ]);
      if (recipe.kind === "failed") return failing(recipe.failure, "Reload the page.", traceId(context));
      return recipeTab(valueOf(recipe), before?.id, valueOf(previous));
    }),
  );
}

async function tab(
  context: HttpContext,
  name: Tab,
  read: (run: RunView, runs: readonly RunView[]) => Promise<Html>,
): Promise<Page> {
  const id = encodeURIComponent(context.req.param("id") ?? "");
  const [found, list] = await Promise.all([
    ask(context, "automation", `/api/automation/runs/${id}`, RunView),
    askRuns(context),
  ]);
  const runs = valueOf(list)?.runs;
  if (found.kind === "missing")
    throw new HttpError(404, "not_found", `There is no run "${context.req.param("id")}" in this project.`);
  if (found.kind === "failed") {
    const body = failing(
      found.failure,
      "Reload the page; if it stays, look at the log of automation.",
      traceId(context),
    );
    return { title: `Run ${context.req.param("id")}`, place: "runs", body, runs, status: 502 };
  }
  const run = found.value;
  const body = await readTab(context, name, run, runs ?? [], read);
  const scripts = name === "training" ? ["curves.js"] : [];
  const title = `${nameOfTab(name)} of ${run.name} ${run.id}`;
  return { title, place: "runs", body, runs, liveRun: run.id, scripts };
}

async function readTab(
  context: HttpContext,
  tab: Tab,
  run: RunView,
  runs: readonly RunView[],
  read: (run: RunView, runs: readonly RunView[]) => Promise<Html>,
): Promise<Html> {
  const [report, trials, deployments, inner] = await Promise.all([
    ask(context, "ingestion", `/api/ingestion/runs/${run.id}/report`, RunReport),
    askTrials(context, run.id),
    askDeployments(context, [run]),
    read(run, runs),
  ]);
  const frame = {
    run,
    report: valueOf(report)?.report,
    deployments,
    tab,
    isNewest: runs[0]?.id === run.id,
    hasTrials: (valueOf(trials)?.trials.length ?? 0) > 0,
    nowMs: context.var.ports.now(),
    mayOperate: hasRole(context.var.identity, "operator"),
  };
  return runPage(frame, inner);
}

/** Asked about runs that failed: their versions may be live all the same. None where they cannot be read. */
async function askDeployments(context: HttpContext, runs: readonly RunView[]): Promise<DeploymentList["deployments"]> {
  if (runs.every(({ state }) => state !== "failed")) return [];
  return valueOf(await ask(context, "deployer", "/api/deployer/deployments", DeploymentList))?.deployments ?? [];
}

/** The trials of a run's search; none where it searches nothing. */
export function askTrials(context: HttpContext, runId: string): Promise<Answer<TrialList>> {
  return ask(context, "registry", `/api/registry/runs/${encodeURIComponent(runId)}/trials`, TrialList);
}

function askRecipe(context: HttpContext, runId: string): Promise<Answer<Recipe>> {
  return ask(context, "automation", `/api/automation/runs/${runId}/recipe`, Recipe);
}
