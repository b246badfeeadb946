/** `millrace run` from the recipe to the exit code: connect, start or find the run, watch it, say what came of it, serve. */
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { problemOfPlan, type Recipe, StartedRun, Summary } from "@millrace/contracts";
import { type Client, connect, requirePort } from "../client.ts";
import type { RunOptions } from "../commands/run_options.ts";
import { requireDataFolder, targetOf } from "../commands/target_options.ts";
import { interruption, untilInterrupted } from "../terminal/interrupt.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFile, requireWritableFolder } from "../writable.ts";
import { loginLink } from "./login_link.ts";
import { recipeAgain, resumeNewest } from "./earlier_run.ts";
import { createReporter, type Reporter } from "./reporter.ts";
import { watchRun } from "./watch_run.ts";

/**
 * Runs a recipe.
 * @param given Undefined when going on with the newest run, or when an earlier one is run again.
 * @returns Exit code: 0 done (or left running elsewhere), 1 failed, cancelled or interrupted.
 */
export async function runPipeline(given: Recipe | undefined, options: RunOptions): Promise<number> {
  const target = await targetOf(options);
  if ("dataDir" in target) {
    const isOfEarlier = options.resume === true || options.again !== undefined;
    if (isOfEarlier) await requireDataFolder(target.dataDir);
    else if (!options.dryRun) await requireWritableFolder("--data-dir", target.dataDir);
  }
  if (options.summary !== undefined) await requireWritableFile("--summary", options.summary);
  if (given) await refuseImpossible(given);
  if (options.dryRun && options.again === undefined) return planOnly(given, options);
  const signal = interruption();
  const reporter = createReporter(options);
  // An estimate is of files and processors here; a run that is resumed keeps the recipe it was started with.
  const isEstimated = "dataDir" in target && !options.resume;
  if ("dataDir" in target) await requirePort(target.dataDir, options.port ?? 0);
  if (given && isEstimated) await tellPlan(given, reporter, signal);
  const client = await connect(target, options.port === undefined ? {} : { port: options.port });
  try {
    if (options.again === undefined) return await watched(client, given, options, reporter, signal);
    const recipe = await recipeAgain(client, options.again, options.set ?? []);
    await refuseImpossible(recipe);
    if (options.dryRun) return await planOnly(recipe, options);
    if (isEstimated) await tellPlan(recipe, reporter, signal);
    return await watched(client, recipe, options, reporter, signal);
  } finally {
    reporter.end();
    await client.close();
  }
}

async function planOnly(recipe: Recipe | undefined, options: RunOptions): Promise<number> {
  if (!recipe) throw new UsageError("--dry-run: expected a recipe, a folder or a glob to plan for");
  const { dryRun } = await import("./dry_run.ts");
  return dryRun(recipe, options.json === true);
}

async function tellPlan(recipe: Recipe, reporter: Reporter, signal: AbortSignal): Promise<void> {
  const { planRun } = await import("./dry_run.ts");
  const plan = await planRun(recipe, signal);
  if (plan.refusals.length > 0) throw new UsageError(plan.refusals.join("\n"));
  reporter.expected(plan);
}

/** Says before anything runs what could only fail later; the size of the corpus does not matter for it. */
async function refuseImpossible(recipe: Recipe): Promise<void> {
  const { loadPolicy } = await import("../filters/load_policy.ts");
  await loadPolicy(recipe.corpus.policy, "corpus.policy");
  const problem = problemOfPlan(recipe);
  if (problem !== undefined) throw new UsageError(problem);
}

async function watched(
  client: Client,
  recipe: Recipe | undefined,
  options: RunOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const runId = options.resume ? await resumeNewest(client, recipe) : await start(client, recipe as Recipe);
  // What lies there from now on is of this run, or nothing does.
  if (options.summary !== undefined) await rm(options.summary, { force: true });
  const place = options.address === undefined ? { dataDir: options.dataDir } : { address: client.address };
  reporter.started({ runId, ...place, console: await loginLink(client), isOwner: client.isOwner });
  const run = await watchRun(client, runId, reporter, signal);
  if (run === undefined) {
    reporter.interrupted(client.isOwner);
    return client.isOwner ? 1 : 0;
  }
  const summary = await client.get(`/api/automation/runs/${runId}/summary`, Summary);
  if (options.summary !== undefined) await writeFile(options.summary, `${JSON.stringify(summary, null, 2)}\n`);
  const failed = run.state === "failed" || run.state === "cancelled";
  const staysUp = !failed && (!options.once || !client.isOwner);
  reporter.finished(summary, staysUp);
  if (staysUp && client.isOwner) {
    reporter.serving();
    await untilInterrupted(signal);
    reporter.stopped();
  }
  return failed ? 1 : 0;
}

async function start(client: Client, recipe: Recipe): Promise<string> {
  const { runId } = await client.post("/api/automation/runs", { recipe, idempotencyKey: randomUUID() }, StartedRun);
  return runId;
}
