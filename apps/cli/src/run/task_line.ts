import type { TaskScore } from "@millrace/contracts";

/** What a model reached in a task, in one line. */
export function taskLine(task: TaskScore): string {
  const { name, examples, leftOut, accuracy, accuracyNormalised, standardError, chance, perplexity } = task;
  const figures =
    accuracyNormalised === null
      ? `${percent(accuracy)} ± ${percent(standardError)} filled in, perplexity ${perplexity?.toPrecision(4)}`
      : `acc_norm ${percent(accuracyNormalised)} ± ${percent(standardError)}, acc ${percent(accuracy)}, guessing ${percent(chance ?? 0)}`;
  const left = leftOut === 0 ? "" : `; ${leftOut.toLocaleString("en-US")} longer than the context were left out`;
  return `task ${name}: ${figures}, of ${examples.toLocaleString("en-US")} questions${left}`;
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
