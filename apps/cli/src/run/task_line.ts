import type { ToldTaskScore } from "@millrace/contracts";
import { counted } from "../terminal/counted.ts";

/** What a model reached in a task, in one line. */
export function taskLine(task: ToldTaskScore): string {
  const { name, examples, leftOut, accuracy, accuracyNormalised, standardError, chance, perplexity } = task;
  const within = standardError === null ? "" : ` ± ${percent(standardError)}`;
  const figures =
    accuracyNormalised === null
      ? `${percent(accuracy)}${within} filled in, perplexity ${perplexity?.toPrecision(4)}`
      : `acc_norm ${percent(accuracyNormalised)}${within}, acc ${percent(accuracy)}, guessing ${percent(chance ?? 0)}`;
  const left = leftOut === 0 ? "" : `; ${leftOut.toLocaleString("en-US")} longer than the context were left out`;
  return `task ${name}: ${figures}, of ${counted(examples, "question")}${left}`;
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
