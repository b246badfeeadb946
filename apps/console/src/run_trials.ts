/** What the trials of a search say together. */
import type { TrialList } from "@millrace/contracts";

export type Trial = TrialList["trials"][number];

/** The trial with the least loss; undefined before one is complete. */
export function bestTrial(trials: readonly Trial[]): Trial | undefined {
  return trials
    .filter(({ objective }) => objective !== null)
    .toSorted((a, b) => a.objective! - b.objective! || a.number - b.number)[0];
}

/** What a trial stands at: its objective, or its last validation. */
export function standingOf({ objective, validations }: Trial): number | undefined {
  return objective ?? validations.at(-1)?.loss;
}

/** Keys that were varied, in one order. */
export function variedKeys(trials: readonly Trial[]): string[] {
  return [...new Set(trials.flatMap(({ values }) => Object.keys(values)))].sort();
}

/** A value as people read it. */
export function valueWords(value: number | string | boolean | undefined): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value ?? "");
}

/** `Trial 3 is best with 3.10 nats a token: learningRate 0.004`. */
export function trialsFinding(trials: readonly Trial[]): string {
  const best = bestTrial(trials);
  if (best === undefined) {
    return trials.some(({ state }) => state === "running")
      ? "No trial has come to its end yet"
      : "No trial came to its end";
  }
  const values = Object.entries(best.values).map(
    ([key, value]) => `${key.slice(key.indexOf(".") + 1)} ${valueWords(value)}`,
  );
  return `Trial ${best.number} is best with ${best.objective!.toFixed(3)} nats a token: ${values.join(", ")}`;
}

/**
 * Orders trials for a table.
 * @param sort `number`, `state`, `step`, `loss` or a key that was varied; `-` before it turns the order round.
 */
export function sortTrials(trials: readonly Trial[], sort: string): Trial[] {
  const name = sort.replace(/^-/, "");
  const of = (trial: Trial): number | string => {
    if (name === "number") return trial.number;
    if (name === "state") return trial.state;
    if (name === "step") return trial.validations.at(-1)?.step ?? 0;
    // What was given up stands behind what is complete, as its loss is of an earlier step.
    if (name === "loss") return (trial.objective === null ? 1e9 : 0) + (standingOf(trial) ?? 1e9);
    const value = trial.values[name];
    return typeof value === "boolean" ? String(value) : (value ?? "");
  };
  const turn = sort.startsWith("-") ? -1 : 1;
  return trials.toSorted((a, b) => {
    const [left, right] = [of(a), of(b)];
    return turn * (left < right ? -1 : left > right ? 1 : 0) || a.number - b.number;
  });
}
