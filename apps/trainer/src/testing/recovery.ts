import type { TrainingProgress } from "../coordinator/ports.ts";

/**
 * From the loss of one node to the next finished step it may not take longer: a promise of the project, 2 s of which are the silence after
 * which a node counts as lost. On 2 cores with a load of 14 tests have seen 0.4 s after a kill, 1.6 s where a stage was begun anew, and 2.5 s
 * after a stop.
 */
export const LONGEST_RECOVERY_MS = 5_000;

/** A harm that a training came over. */
export interface Recovery {
  readonly harm: string;
  /** From the harm itself, and not from when it was noticed, to the next finished step: milliseconds. */
  readonly ms: number;
}

/** Measures how long a training stands still for the nodes that it loses. */
export interface RecoveryWatch {
  /**
   * Harm is done.
   * @param nodes Those that it is done to; none: to all that there is, and it has been noticed already.
   * @param atMs When it was done, by the watch's clock (default: now).
   */
  harmed(harm: string, nodes: readonly string[], atMs?: number): void;
  /** Takes what the coordinator tells. */
  saw(progress: TrainingProgress): void;
  /** In the order in which they were over. A harm that lost no node, and one that no step came after, are not among them. */
  readonly recoveries: readonly Recovery[];
}

/** @param now Milliseconds from any fixed origin. */
export function createRecoveryWatch(now: () => number): RecoveryWatch {
  const recoveries: Recovery[] = [];
  let open: { readonly harm: string; readonly atMs: number; readonly unnoticed: Set<string> }[] = [];
  return {
    recoveries,
    harmed(harm, nodes, atMs = now()) {
      // What was done to a node before has not lost it.
      const isVoid = ({ unnoticed }: (typeof open)[number]): boolean =>
        nodes.length === 0 || nodes.some((node) => unnoticed.has(node));
      open = open.filter((each) => !isVoid(each));
      open.push({ harm, atMs, unnoticed: new Set(nodes) });
    },
    saw(progress) {
      if (progress.type === "lost") for (const { unnoticed } of open) unnoticed.delete(progress.node);
      if (progress.type !== "step") return;
      // Steps that were on their way when the harm was done are none that came after it.
      const nowMs = now();
      const isOver = ({ unnoticed }: (typeof open)[number]): boolean => unnoticed.size === 0;
      recoveries.push(...open.filter(isOver).map(({ harm, atMs }) => ({ harm, ms: nowMs - atMs })));
      open = open.filter((each) => !isOver(each));
    },
  };
}
