import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { isHubName, problemsOf, Recipe } from "@millrace/contracts";
import { messageOf } from "../filters/read_records.ts";
import { UsageError } from "../usage_error.ts";
import { applyOverrides } from "./overrides.ts";
import { readYaml } from "./read_yaml.ts";

/**
 * Turns the argument of `millrace run` into a recipe whose paths are absolute.
 * @param argument A recipe (`.yaml`, `.yml`), or a folder, file or glob of documents.
 * @param settings `--set` overrides.
 * @param workingFolder What relative paths start from; in a recipe file, the file's own folder.
 * @param isLocal False where the documents are read on another machine: whether they are there is for that one to say.
 * @throws {UsageError} If there is no such file, it is not YAML, or it is no recipe; one line a problem.
 */
export async function loadRecipe(
  argument: string,
  settings: readonly string[],
  workingFolder: string,
  isLocal = true,
): Promise<Recipe> {
  const path = resolve(workingFolder, argument);
  const isRecipe = [".yaml", ".yml"].includes(extname(path));
  const written = isRecipe ? await readRecipe(path) : await recipeOf(argument, path, isLocal);
  const input = applyOverrides(written, settings);
  const parsed = Recipe.safeParse(input);
  if (!parsed.success) {
    const lines = problemsOf(parsed.error, input, Recipe).map((problem) => `  ${problem.message}`);
    throw new UsageError(`${isRecipe ? argument : "the recipe"} is not valid:\n${lines.join("\n")}`);
  }
  const base = isRecipe ? dirname(path) : workingFolder;
  const { from } = parsed.data.model;
  return {
    ...parsed.data,
    sources: parsed.data.sources.map((source) => ({ ...source, path: resolve(base, source.path) })),
    corpus: { ...parsed.data.corpus, policy: await resolvePolicy(parsed.data.corpus.policy, base) },
    model: { ...parsed.data.model, ...(from !== undefined && !isHubName(from) && { from: resolve(base, from) }) },
    evaluation: { tasks: await Promise.all(parsed.data.evaluation.tasks.map((task) => resolveTask(task, base))) },
  };
}

async function readRecipe(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `reading recipe ${path}: ${error.code === "ENOENT" ? "there is no such file" : error.message}`,
    );
  });
  let value: unknown;
  try {
    value = readYaml(text);
  } catch (error) {
    throw new UsageError(`reading recipe ${path}: it is not YAML: ${messageOf(error).trimEnd()}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(
      `reading recipe ${path}: expected keys such as name and sources, found ${JSON.stringify(value)}`,
    );
  }
  return value as Record<string, unknown>;
}

/** What is there wins over its reading as a pattern. */
async function recipeOf(argument: string, path: string, isLocal: boolean): Promise<Record<string, unknown>> {
  const isThere = (await stat(path).catch(() => null)) !== null;
  if (isLocal && !isThere && !PATTERN.test(argument)) {
    throw new UsageError(
      `millrace run: expected a recipe (.yaml), a folder, a file or a glob; there is nothing at "${argument}"`,
    );
  }
  const fixed = isThere ? [basename(path)] : path.split("/").filter((part) => part !== "" && !PATTERN.test(part));
  return { name: nameOf(fixed.at(-1) ?? ""), sources: [{ path }] };
}

const PATTERN = /[*?[{]/;

/** A model name made of a part of a path. */
function nameOf(part: string): string {
  const name = basename(part, extname(part))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40)
    .replaceAll(/-+$/g, "");
  return name || "model";
}

const PRESETS = ["web", "documentation", "minimal"];

type Task = Recipe["evaluation"]["tasks"][number];

/** Ingestion follows no links, and on macOS even the temporary folder is behind one: the file is named by its real path. */
async function resolvePolicy(policy: string, base: string): Promise<string> {
  return PRESETS.includes(policy) ? policy : realPath(resolve(base, policy));
}

async function resolveTask(task: Task, base: string): Promise<Task> {
  return { ...task, path: await realPath(resolve(base, task.path)) };
}

/** What is not there keeps its path, for whoever reads it to complain. */
function realPath(path: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return path;
    throw error;
  });
}
