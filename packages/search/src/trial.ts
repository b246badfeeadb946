import type { Values } from "./space.ts";

/** The objective as it stood after some steps. */
export interface Report {
  readonly step: number;
  /** Less is better. */
  readonly value: number;
}

/** One try of a search. */
export interface Trial {
  /** From 0, in the order in which they were suggested. */
  readonly number: number;
  readonly values: Values;
  /** `stopped`: given up because it fell behind. `failed`: it cannot have an objective. */
  readonly state: "running" | "completed" | "stopped" | "failed";
  /** Less is better; of a completed trial. */
  readonly objective?: number;
  /** In the order of their steps. */
  readonly reports: readonly Report[];
}

/** The completed trial with the least objective, the first of equals; undefined before there is one. */
export function bestOf<Some extends Trial>(trials: readonly Some[]): Some | undefined {
  return ranked(trials).find(({ state }) => state === "completed");
}

/**
 * From best to worst: completed trials by objective; then stopped ones, which are told apart by how far they came and what
 * they reported last; then running ones, taken to turn out badly so that others are not sent after them; then failed ones.
 */
export function ranked<Some extends Trial>(trials: readonly Some[]): Some[] {
  return trials.toSorted(
    (a, b) =>
      CLASSES.indexOf(a.state) - CLASSES.indexOf(b.state) ||
      lastStep(b) - lastStep(a) ||
      standing(a) - standing(b) ||
      a.number - b.number,
  );
}

const CLASSES = ["completed", "stopped", "running", "failed"] as const;

/** Completed trials are compared by their objective alone. */
function lastStep({ state, reports }: Trial): number {
  return state === "stopped" ? (reports.at(-1)?.step ?? -1) : 0;
}

function standing({ state, objective, reports }: Trial): number {
  if (state === "completed") return objective ?? Number.MAX_VALUE;
  return state === "stopped" ? (reports.at(-1)?.value ?? Number.MAX_VALUE) : 0;
}
