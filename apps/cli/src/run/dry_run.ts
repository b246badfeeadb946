/** What a recipe would do: its sources, what is derived from them, and what that will take. Nothing is stored. */
import { availableParallelism } from "node:os";
import { planTraining, type Recipe, type SourcePlan, type TrainingPlan } from "@millrace/contracts";
import { type Estimate, estimate } from "./estimate.ts";

export interface RunPlan {
  readonly sources: {
    readonly files: number;
    readonly bytes: number;
    readonly shards: number;
    readonly quarantined: SourcePlan["quarantined"];
  };
  readonly training: (TrainingPlan & { readonly parameters: number }) | null;
  readonly estimate: Estimate;
}

/**
 * Prints what a recipe would do.
 * @param recipe Its source paths are absolute.
 * @param json One JSON object instead of text.
 * @returns Exit code.
 */
export async function dryRun(recipe: Recipe, json: boolean): Promise<number> {
  const plan = await planRun(recipe);
  if (json) console.log(JSON.stringify({ kind: "plan", ...plan }));
  else for (const line of planLines(recipe, plan)) console.log(line);
  return plan.sources.files > 0 ? 0 : 1;
}

/**
 * Lists the sources and derives the rest.
 * @throws {RangeError} If the recipe's model or training cannot be.
 */
export async function planRun(recipe: Recipe): Promise<RunPlan> {
  const [{ planSources }, { parameterCount }] = await Promise.all([
    import("@millrace/ingestion/node"),
    import("@millrace/transformer"),
  ]);
  const { sources, shards, quarantined } = await planSources(recipe);
  const bytes = sources.reduce((sum, source) => sum + source.sizeBytes, 0);
  const plan = planTraining(recipe, bytes);
  const parameters = parameterCount({
    architecture: "gpt2",
    vocabularySize: plan.vocabularySize,
    ...plan.model,
  });
  const trains = recipe.train.enabled;
  return {
    sources: { files: sources.length, bytes, shards: shards.length, quarantined },
    training: trains ? { ...plan, parameters } : null,
    estimate: estimate(plan, parameters, bytes, trains, { cores: availableParallelism() }),
  };
}

/** The estimate in one line, as `run` shows it before it starts. */
export function estimateLine({ seconds, memoryBytes, coreSeconds }: Estimate): string {
  return (
    `Expected: about ${duration(seconds.total)} (training ${duration(seconds.training)}), ` +
    `${(memoryBytes / 1e9).toFixed(1)} GB of memory, ${duration(coreSeconds)} of one core's work; nothing is rented`
  );
}

function planLines(recipe: Recipe, { sources, training, estimate: expected }: RunPlan): string[] {
  const lines = [
    `Recipe ${recipe.name}`,
    ...recipe.sources.map((source) => `  from ${source.path}`),
    `Sources: ${count(sources.files)} files, ${count(sources.bytes)} bytes, ${count(sources.shards)} shards`,
    ...sources.quarantined.map(({ path, reason, detail }) => `  left out: ${path} (${reason}: ${detail})`),
  ];
  if (training) {
    const { model, train } = training;
    lines.push(
      `Vocabulary: at most ${count(training.vocabularySize)} tokens`,
      `Model: ${model.layers} layers, ${model.heads} heads, width ${model.width}, context ${model.contextLength}; ` +
        `${count(training.parameters)} parameters`,
      `Training: ${count(train.steps)} steps of ${train.leaves} leaves of ${train.leafBatch} sequences on ${train.nodes} nodes, ` +
        `learning rate ${train.learningRate}`,
    );
  } else lines.push("Training: none, the recipe stops after the corpus");
  lines.push(
    estimateLine(expected),
    ...expected.basis.map((line) => `  ${line}`),
    "Model and steps follow from the size of the cleaned text, which is only known after cleaning; this is for the size of the sources.",
  );
  if (sources.files === 0) lines.push("There is nothing to read: check the paths and globs above.");
  return lines;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
