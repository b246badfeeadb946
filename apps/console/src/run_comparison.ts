/** Several training runs beside each other: what they reached, and only the settings in which they differ. */
import { flatRecipe, type Recipe, type RunView, type TrainingPoint, type TrainingRunView } from "@millrace/contracts";
import { formatCount, formatShare, shortHash } from "./format.ts";

export interface ComparedRun {
  readonly run: RunView;
  /** 1 to 6, the same on every page. */
  readonly color: number;
  readonly training: TrainingRunView;
  readonly recipe: Recipe | undefined;
  /** Bits per byte of the held-out documents; null before evaluation. */
  readonly bitsPerByte: number | null;
}

/** The validation with the least loss; undefined before the first. */
export function bestOf({ points }: Pick<TrainingRunView, "points">): TrainingPoint | undefined {
  return points
    .filter(({ validationLoss }) => validationLoss !== undefined)
    .reduce<TrainingPoint | undefined>(
      (best, point) => (best && (best.validationLoss ?? 0) <= (point.validationLoss ?? 0) ? best : point),
      undefined,
    );
}

/** Losses a token compare only where the tokens are the same. */
export function shareTokens(runs: readonly ComparedRun[]): boolean {
  return new Set(runs.map(({ training }) => training.tokenized.sha256)).size <= 1;
}

/** Which run is best, by how much, and by what measure. */
export function comparisonFinding(runs: readonly ComparedRun[]): string {
  const byLoss = shareTokens(runs);
  const unit = byLoss ? "nats a token" : "bits a byte";
  const measured = runs
    .flatMap((one) => {
      const value = byLoss ? bestOf(one.training)?.validationLoss : one.bitsPerByte;
      return value === undefined || value === null ? [] : [{ id: one.run.id, value }];
    })
    .sort((left, right) => left.value - right.value);
  const [best, second] = measured;
  if (!best || !second)
    return byLoss ? "Not enough of these runs are validated yet" : "Different tokens: their losses do not compare";
  const difference = second.value - best.value;
  if (difference < 0.005) return `${best.id} and ${second.id} are equally good: ${best.value.toFixed(2)} ${unit}`;
  return `${best.id} is best: ${best.value.toFixed(2)} ${unit}, ${formatShare(difference, second.value)} below ${second.id}`;
}

/** A setting, and its value in each of the runs. */
export interface Column {
  readonly key: string;
  readonly values: readonly string[];
}

/** The settings in which the runs differ. */
export function differingColumns(runs: readonly ComparedRun[]): Column[] {
  const facts = runs.map(factsOf);
  const keys = [...new Set(facts.flatMap((own) => [...own.keys()]))];
  return keys
    .map((key) => ({ key, values: facts.map((own) => own.get(key) ?? "not set") }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** What is derived stands in the training run, what is only asked for in the recipe. */
function factsOf({ training, recipe }: ComparedRun): Map<string, string> {
  const { config, parameters, steps, nodes, settings, tokenized, fingerprint } = training;
  const asked = recipe === undefined ? [] : [...flatRecipe(recipe)].filter(([key]) => /^(corpus|deploy)\./.test(key));
  const sources = recipe?.sources.map(({ path }) => path).join(", ");
  return new Map([
    ["parameters", formatCount(parameters)],
    ["steps", formatCount(steps)],
    ["nodes", formatCount(nodes)],
    ...Object.entries({ ...config, ...settings }).flatMap(([key, value]): [string, string][] =>
      value === undefined ? [] : [[key, typeof value === "object" ? JSON.stringify(value) : written(value)]],
    ),
    ["tokens", shortHash(tokenized.sha256)],
    ["runtime", `${fingerprint.runtime}, ${fingerprint.kernelClass}`],
    ...(sources === undefined ? [] : [["sources", sources] as const]),
    ...asked,
  ]);
}

/** Without the noise of the last bits: 0.1 * 0.003 is written as 0.0003. */
export function written(value: number | string | boolean): string {
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
}
