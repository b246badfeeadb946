/** `millrace run` from the recipe to the exit code: connect, start or find the run, watch it, say what came of it, serve. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isFinal, planTraining, type Recipe, RunList, type RunView, StartedRun, Summary } from "@millrace/contracts";
import { z } from "zod";
import { type Client, connect } from "../client.ts";
import type { RunOptions } from "../commands/run_options.ts";
import { targetOf } from "../commands/target_options.ts";
import { interruption, untilInterrupted } from "../terminal/interrupt.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFile, requireWritableFolder } from "../writable.ts";
import { loginLink } from "./login_link.ts";
import { createReporter, type Reporter } from "./reporter.ts";
import { watchRun } from "./watch_run.ts";

/**
 * Runs a recipe.
 * @param recipe Undefined when only going on with the newest run.
 * @returns Exit code: 0 done (or left running elsewhere), 1 failed, cancelled or interrupted.
 */
export async function runPipeline(recipe: Recipe | undefined, options: RunOptions): Promise<number> {
  const target = await targetOf(options);
  if ("dataDir" in target) await requireWritableFolder("--data-dir", target.dataDir);
  if (options.summary !== undefined) await requireWritableFile("--summary", options.summary);
  if (recipe) await refuseImpossible(recipe);
  if (options.dryRun) {
    if (!recipe) throw new UsageError("--dry-run: expected a recipe, a folder or a glob to plan for");
    const { dryRun } = await import("./dry_run.ts");
    return dryRun(recipe, options.json === true);
  }
  const signal = interruption();
  const reporter = createReporter(options);
  // An estimate is of files and processors here; a run that is resumed keeps the recipe it was started with.
  if (recipe && !options.resume && "dataDir" in target) {
    const { planRun } = await import("./dry_run.ts");
    const plan = await planRun(recipe);
    if (plan.refusals.length > 0) throw new UsageError(plan.refusals.join("\n"));
    reporter.expected(plan);
  }
  const client = await connect(target, options.port);
  try {
    return await watched(client, recipe, options, reporter, signal);
  } finally {
    reporter.end();
    await client.close();
  }
}

/** Says before anything runs what could only fail later; the size of the corpus does not matter for it. */
async function refuseImpossible(recipe: Recipe): Promise<void> {
  const { loadPolicy } = await import("../filters/load_policy.ts");
  await loadPolicy(recipe.corpus.policy, "corpus.policy");
  try {
    planTraining(recipe, 0);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

async function watched(
  client: Client,
  recipe: Recipe | undefined,
  options: RunOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> {
  const runId = options.resume ? await resumeNewest(client) : await start(client, recipe as Recipe);
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
  }
  return failed ? 1 : 0;
}

async function start(client: Client, recipe: Recipe): Promise<string> {
  const { runId } = await client.post("/api/automation/runs", { recipe, idempotencyKey: randomUUID() }, StartedRun);
  return runId;
}

/** Goes on with the newest run: one that was only interrupted goes on by itself, one that ended badly is asked to. */
async function resumeNewest(client: Client): Promise<string> {
  const { runs } = await client.get("/api/automation/runs", RunList);
  const [newest] = runs;
  if (!newest) throw new UsageError("--resume: there is no run there; start one with millrace run <folder>");
  if (endedBadly(newest))
    await client.post(`/api/automation/runs/${newest.id}/resume`, {}, z.object({ runId: z.string() }));
  return newest.id;
}

function endedBadly(run: RunView): boolean {
  return isFinal(run.state) && (run.state === "failed" || run.state === "cancelled");
}
