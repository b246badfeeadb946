/** Seeded disturbances of a training by real processes: what happens to it, and whether it comes to the same bytes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TrainingJob } from "../training_job.ts";
import type { RecoveryWatch } from "./recovery.ts";
import { observeRun, type ObservedRun, type RunOptions } from "./run_kit.ts";

/** What can be done to a node, and to all of them. */
const HARMS = ["kill", "kill", "stop for 3 s", "stop for 300 ms", "kill all"] as const;
type Harm = (typeof HARMS)[number];

interface Victim {
  readonly node: string;
  readonly pid: number;
}

/** One training that was disturbed. */
export interface Round {
  readonly nodes: number;
  /** Into which the model was cut. */
  readonly stages: number;
  /** In order, with the step after which each was done. */
  readonly harms: readonly { readonly harm: Harm; readonly step: number }[];
  readonly run: ObservedRun;
}

/** Numbers from 0 to below n, the same for the same seed. @see Marsaglia 2003, "Xorshift RNGs". */
export function seededChooser(seed: number): (n: number) => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

/**
 * Trains once, with about one disturbance in ten steps.
 * @param choose Decides what is done, to whom and when.
 */
export async function disturbedRun(
  job: TrainingJob,
  options: Pick<RunOptions, "nodes" | "store" | "ports"> & { readonly main: string },
  choose: (n: number) => number,
): Promise<Round> {
  const harms: { harm: Harm; step: number }[] = [];
  let nextStep = 3 + choose(10);
  let quiet = Promise.resolve();

  async function harm(step: number, alive: readonly Victim[], harmed: RecoveryWatch["harmed"]): Promise<void> {
    const chosen = HARMS[choose(HARMS.length)]!;
    harms.push({ harm: chosen, step });
    const one = alive[choose(alive.length)]!;
    const victims = chosen === "kill all" ? alive : [one];
    harmed(
      chosen,
      victims.map(({ node }) => node),
    );
    const isKill = chosen === "kill" || chosen === "kill all";
    for (const { pid } of victims) signal(pid, isKill ? "SIGKILL" : "SIGSTOP");
    if (isKill) return;
    await sleep(chosen === "stop for 3 s" ? 3000 : 300);
    signal(one.pid, "SIGCONT");
  }

  const run = await observeRun(job, {
    ...options,
    disturb(progress, pids, { harmed }) {
      if (progress.type !== "step" || progress.step < nextStep || progress.step >= job.steps - 1) return;
      nextStep = progress.step + 5 + choose(10);
      const alive = progress.nodes.flatMap(({ node }) => {
        const pid = pids.get(node);
        return pid === undefined ? [] : { node, pid };
      });
      if (alive.length > 0) quiet = Promise.all([quiet, harm(progress.step, alive, harmed)]).then(() => {});
    },
  });
  await quiet;
  return { nodes: options.nodes, stages: options.ports?.stages?.count ?? 1, harms, run };
}

/** One that has ended meanwhile cannot be harmed any more. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
