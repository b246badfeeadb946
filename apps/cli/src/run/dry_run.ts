/** What a recipe would do: its sources, what is derived from them, and what that will take. Nothing is stored. */
import { join } from "node:path";
import { type BaseModel, isHubName, planTraining, type Recipe, skippedWords } from "@millrace/contracts";
import { thisMachine } from "../doctor/machine.ts";
import { counted } from "../terminal/counted.ts";
import { UsageError } from "../usage_error.ts";
import { searchedEstimate } from "./searched_estimate.ts";
import { countConversations } from "./count_conversations.ts";
import { estimate, type Machine } from "./estimate.ts";
import { foresee } from "./foresee.ts";
import type { RunCase, RunPlan } from "./run_plan.ts";

/** A fifth is what the demo's documentation leaves; everything is the worst case. */
const KEPT_SHARES = [0.2, 1] as const;

/**
 * Prints what a recipe would do.
 * @param recipe Its source paths are absolute.
 * @param json One JSON object instead of text.
 * @returns Exit code: 0 it can be done as far as is known, 2 it cannot be done.
 */
export async function dryRun(recipe: Recipe, json: boolean): Promise<number> {
  const plan = await planRun(recipe);
  if (json) console.log(JSON.stringify({ kind: "plan", ...plan }));
  else for (const line of planLines(recipe, plan)) console.log(line);
  return plan.refusals.length > 0 ? 2 : 0;
}

/**
 * Lists the sources and derives the rest. The sizes of files are enough, but where a base model is to learn from conversations: those
 * are counted in files of JSON lines. The files of tasks are read, for a mistake in them would end the run.
 * @param machine Where it would run.
 * @throws {UsageError} If there is nothing where a source or `model.from` points, or the recipe's model or training cannot be.
 */
export async function planRun(
  recipe: Recipe,
  signal?: AbortSignal,
  machine: Machine = thisMachine(),
): Promise<RunPlan> {
  const [{ listSources, refusedTasks, UnusableSourceError }, { adapterCount, parameterCount }, { expectedTrials }] =
    await Promise.all([
      import("@millrace/ingestion/node"),
      import("@millrace/transformer"),
      import("@millrace/trainer/expected-trials"),
    ]);
  const { root, files, shards, quarantined, skipped } = await listSources(recipe).catch((error: unknown) => {
    if (error instanceof UnusableSourceError) throw new UsageError(error.message);
    throw error;
  });
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { from } = recipe.model;
  const paths = from === undefined ? [] : files.map(({ path }) => join(root, path));
  const conversations = await countConversations(paths, recipe.corpus.maxDocumentBytes, signal);
  const base = from === undefined ? undefined : await describedBase(from);
  const trains = recipe.train.enabled;
  const learnt = Math.round(conversations * (1 - recipe.corpus.validationFraction));
  const shares = from !== undefined && base === undefined ? [] : KEPT_SHARES;
  const caseOf = (trial: Recipe, keptShare: number): RunCase => {
    // No policy is asked about them.
    const plan = plannedTraining(trial, bytes * keptShare, base, learnt);
    const config = { vocabularySize: plan.vocabularySize, ...plan.model };
    const parameters = parameterCount(config);
    const { lora } = plan.train;
    const trained = lora === undefined ? parameters : adapterCount(config, lora);
    return {
      keptShare,
      training: trains ? { ...plan, parameters, trained } : null,
      estimate: estimate(plan, parameters, bytes, trains, machine, trained),
    };
  };
  const trials = trains ? expectedTrials(recipe) : [recipe];
  const each = shares.map((keptShare) => plannable(trials, (trial) => caseOf(trial, keptShare)));
  const cases = each.map((all) => inOne(all, trains ? recipe.search : undefined));
  const [likeliest, most] = cases;
  const same = most !== undefined && JSON.stringify(likeliest?.training) === JSON.stringify(most.training);
  const told = same ? [most] : cases;
  const { refusals, warnings } = foresee(recipe, files, each.flat(), cases, machine);
  return {
    sources: { files: files.length, bytes, shards, conversations, quarantined, skipped },
    cases: told,
    refusals: [...refusals, ...(await refusedTasks(recipe))],
    warnings,
  };
}

/**
 * The cases of the trials that can be trained: one whose values do not fit each other, or the sources, fails alone.
 * @throws {UsageError} If none can be, with what is wrong with the last.
 */
function plannable(trials: readonly Recipe[], caseOf: (trial: Recipe) => RunCase): RunCase[] {
  let problem = new UsageError(
    "search.space: found no values that make a recipe, wanted keys whose values fit each other",
  );
  const cases = trials.flatMap((trial) => {
    try {
      return [caseOf(trial)];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problem = error;
      return [];
    }
  });
  if (cases.length === 0) throw problem;
  return cases;
}

/** The cases of a search's trials as that of the run: the largest model, with what all of them take. */
function inOne(trials: readonly RunCase[], search: Recipe["search"]): RunCase {
  const largest = trials.reduce((most, one) =>
    (one.training?.parameters ?? 0) > (most.training?.parameters ?? 0) ? one : most,
  );
  if (search === undefined) return largest;
  const estimates = trials.map((one) => one.estimate);
  return { ...largest, estimate: searchedEstimate(estimates, largest.estimate, search) };
}

/** What is derived goes with the size of the sources: what a recipe says may fit other sources and not these. */
function plannedTraining(...given: Parameters<typeof planTraining>): ReturnType<typeof planTraining> {
  try {
    return planTraining(...given);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** What the base model of a recipe is; undefined where only the hub knows, which is not asked before the run. */
async function describedBase(from: string): Promise<Pick<BaseModel, "config" | "parameters"> | undefined> {
  if (isHubName(from)) return undefined;
  const { BaseModelError, describeBase } = await import("@millrace/ingestion/node");
  return describeBase(from).catch((error: unknown) => {
    if (error instanceof BaseModelError) throw new UsageError(`model.from: ${error.message}`);
    throw error;
  });
}

/** The warnings, a line each. */
export function warningLines({ warnings }: RunPlan): string[] {
  return warnings.map((warning) => `Warning: ${warning}`);
}

/** The estimate in a line for each case, as `run` shows it before it starts. */
export function estimateLines({ cases }: RunPlan): string[] {
  return cases.map(({ estimate: { seconds, memoryBytes, coreSeconds }, keptShare, training }) => {
    const limited = training !== null && seconds.training === training.train.timeLimitSeconds;
    const condition = cases.length === 1 ? "" : ` if cleaning keeps ${Math.round(keptShare * 100)} % of the text`;
    return (
      `Expected${condition}: about ${duration(seconds.total)} (training ${duration(seconds.training)}${limited ? ", its time limit" : ""}), ` +
      `${(memoryBytes / 1e9).toFixed(1)} GB of memory, ${duration(coreSeconds)} of one core's work; nothing is rented`
    );
  });
}

function planLines(recipe: Recipe, plan: RunPlan): string[] {
  const { sources, cases } = plan;
  const lines = [
    `Recipe ${recipe.name}`,
    ...recipe.sources.map((source) => `  from ${source.path}`),
    `Sources: ${counted(sources.files, "file")}, ${counted(sources.bytes, "byte")}, ${counted(sources.shards, "shard")}` +
      (sources.conversations === 0 ? "" : `, ${counted(sources.conversations, "conversation")}`),
    ...(sources.skipped === undefined ? [] : [`  skipped: ${skippedWords(sources.skipped)}`]),
    ...sources.quarantined.map(({ path, reason, detail }) => `  left out: ${path} (${reason}: ${detail})`),
    ...(recipe.model.from === undefined ? [] : [`Base model: ${recipe.model.from}`]),
    ...(cases.length === 0 ? ["  what it is, and so what it will take, shows when the run takes it from the hub"] : []),
  ];
  if (sources.files === 0) return [...refusalLines(plan), "", ...lines];
  for (const { keptShare, training } of cases) {
    if (cases.length > 1) lines.push(`If cleaning keeps ${Math.round(keptShare * 100)} % of the text:`);
    if (recipe.search && training) lines.push(`  of at most ${recipe.search.trials} trials the largest:`);
    lines.push(...trainingLines(recipe, training));
  }
  // What is reckoned alike in all cases is said once.
  const basis = new Set(cases.flatMap(({ estimate: expected }) => expected.basis));
  if (basis.size > 0) lines.push("Reckoned by:", ...[...basis].map((line) => `  ${line}`));
  return [...estimateLines(plan), ...warningLines(plan), ...refusalLines(plan), "", ...lines];
}

function refusalLines({ refusals }: RunPlan): string[] {
  return refusals.map((refusal) => `Cannot be done: ${refusal}`);
}

function trainingLines({ tokenizer }: Recipe, training: RunCase["training"]): string[] {
  if (!training) return ["  no training: the recipe stops after the corpus"];
  const { model, train } = training;
  return [
    tokenizer.kind === "characters"
      ? `  vocabulary: the characters of the documents, taken for ${training.vocabularySize} here`
      : `  vocabulary: at most ${count(training.vocabularySize)} tokens`,
    `  model: ${model.layers} layers, ${model.heads} heads, width ${model.width}, context ${model.contextLength}; ` +
      `${count(training.parameters)} parameters`,
    ...(train.lora === undefined
      ? []
      : [
          `  adapters: rank ${train.lora.rank}, at ${train.lora.targets.join(" and ")}; ${count(training.trained)} parameters are trained`,
        ]),
    `  training: ${counted(train.steps, "step")} of ${train.leaves} leaves of ${counted(train.leafBatch, "sequence")} on ${counted(train.nodes, "node")}, ` +
      (train.pipelineStages === undefined ? "" : `the model in ${train.pipelineStages} stages, `) +
      `learning rate ${train.learningRate}`,
    ...(train.timeLimitSeconds === undefined
      ? []
      : [
          `  training stops after ${duration(train.timeLimitSeconds)} at the latest; a version that is not finished then is marked partial`,
        ]),
  ];
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
