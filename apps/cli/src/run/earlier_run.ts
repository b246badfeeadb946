/** Runs that are there already: the newest one is gone on with, or any is run again under another number. */
import { differencesOf, isFinal, problemsOf, Recipe, RunList } from "@millrace/contracts";
import { z } from "zod";
import type { Client } from "../client.ts";
import { applyOverrides } from "../recipe/overrides.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Goes on with the newest run: one that was only interrupted goes on by itself, one that ended badly is asked to.
 * @param given What the user named beside `--resume`, if anything.
 * @returns Its id.
 * @throws {UsageError} If there is no run, or it was started with another recipe than the one given: a run keeps its own.
 */
export async function resumeNewest(client: Client, given: Recipe | undefined): Promise<string> {
  const { runs } = await client.get("/api/automation/runs", RunList);
  const [newest] = runs;
  if (!newest) throw new UsageError("--resume: there is no run there; start one with millrace run <folder>");
  const { id, state } = newest;
  if (given) requireSame(id, await recipeOf(client, id), given);
  if (isFinal(state) && (state === "failed" || state === "cancelled"))
    await client.post(`/api/automation/runs/${id}/resume`, {}, z.object({ runId: z.string() }));
  return id;
}

/**
 * The recipe of an earlier run, with changes.
 * @param settings `--set` overrides.
 * @throws {UsageError} If what comes of the changes is no recipe; one line a problem.
 */
export async function recipeAgain(client: Client, runId: string, settings: readonly string[]): Promise<Recipe> {
  const input = applyOverrides(await recipeOf(client, runId), settings);
  const parsed = Recipe.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = problemsOf(parsed.error, input, Recipe).map(({ message }) => `  ${message}`);
  throw new UsageError(`the recipe of run ${runId} with these changes is not valid:\n${lines.join("\n")}`);
}

function recipeOf(client: Client, runId: string): Promise<Recipe> {
  return client.get(`/api/automation/runs/${encodeURIComponent(runId)}/recipe`, Recipe);
}

function requireSame(runId: string, own: Recipe, given: Recipe): void {
  const differences = differencesOf(own, given);
  if (differences.length === 0) return;
  const lines = differences.map(({ key, before, after }) => `  ${key}: the run has ${before}, given is ${after}`);
  throw new UsageError(
    [
      `--resume goes on with run ${runId} and the recipe it was started with; what is given differs:`,
      ...lines,
      "Leave the recipe out to go on with that run, or --resume to start another.",
    ].join("\n"),
  );
}
