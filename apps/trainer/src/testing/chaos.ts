/** Seeded disturbances of a training by real processes: what happens to it, and what it comes to. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { TrainingProgress, TrainingResult } from "../coordinator/ports.ts";
import type { Resume } from "../training_job.ts";
import { type ChaosJoin, type ChaosReport, type ChaosRequest, FAR_NODE } from "./chaos_messages.ts";
import type { Cable } from "./network_cable.ts";
import { createRecoveryWatch, type Recovery } from "./recovery.ts";

/** What can be done to a training; what is to happen more often stands there more often. */
const HARMS = [
  "kill",
  "kill",
  "stop for 3 s",
  "stop for 300 ms",
  "cut the network for 3 s",
  "cut the network for 3 s",
  "kill all",
  "kill the coordinator",
  "one more joins",
] as const;
type Harm = (typeof HARMS)[number];

/** Nodes that nobody asked for, in one training. */
const MOST_MORE = 2;

/** Longest time that a node may outlive its coordinator: it is silent for 20 s before a node that is cut off gives up. */
const ORPHAN_MS = 30_000;

/** Those that lose one node, or none. */
export const SINGLE_LOSSES: ReadonlySet<string> = new Set<Harm>([
  "kill",
  "stop for 3 s",
  "stop for 300 ms",
  "cut the network for 3 s",
]);

/** One training that was disturbed. */
export interface Round {
  /** In order, with the step after which each was done. */
  readonly harms: readonly { readonly harm: Harm; readonly step: number }[];
  /** From each harm to the next finished step; of a node that joins, to the first step that it had a part in. */
  readonly recoveries: readonly Recovery[];
  readonly result: TrainingResult;
}

/** A node that lives. */
interface Victim {
  readonly node: string;
  readonly pid: number;
}

const coordinatorMain = fileURLToPath(new URL("./chaos_coordinator_main.ts", import.meta.url));

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
 * Trains once, with about one disturbance in fifty steps. A coordinator that is killed is started again, and goes on from the checkpoint that it
 * told last.
 * @param cable What one of the nodes is beyond; nothing is cut where there is none.
 * @param choose Decides what is done, to whom and when.
 * @throws {Error} If a coordinator ends that nobody has killed, or one that was killed is outlived by a node.
 */
export async function disturbedRun(
  request: Omit<ChaosRequest, "cable">,
  cable: Cable | undefined,
  choose: (n: number) => number,
): Promise<Round> {
  const watch = createRecoveryWatch(now);
  const harms: { harm: Harm; step: number }[] = [];
  const joins: Recovery[] = [];
  const joining = new Map<string, number>();
  let resume: Resume | undefined;
  let nextStep = 10 + choose(40);
  let more = 0;
  let quiet = Promise.resolve();

  /** @returns Nothing if the coordinator was killed. */
  async function attempt(): Promise<TrainingResult | undefined> {
    const pids = new Map<string, number>();
    const coordinator = fork(coordinatorMain, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const ended = Promise.all([once(coordinator, "exit"), once(coordinator, "disconnect")]);
    let killedMs: number | undefined;
    let result: TrainingResult | undefined;

    async function harm(step: number, alive: readonly Victim[]): Promise<void> {
      // Whoever is the last one is all of them.
      const isOneOfMany = alive.length > 1;
      const isPossible: Partial<Record<Harm, boolean>> = {
        kill: isOneOfMany,
        "stop for 3 s": isOneOfMany,
        "cut the network for 3 s": isOneOfMany && cable !== undefined && alive.some(({ node }) => node === FAR_NODE),
        "one more joins": more < MOST_MORE,
      };
      const possible = HARMS.filter((each) => isPossible[each] ?? true);
      const chosen = possible[choose(possible.length)]!;
      const one = alive[choose(alive.length)]!;
      harms.push({ harm: chosen, step });
      const doTo = (victims: readonly Victim[], name: NodeJS.Signals): void => {
        const nodes = victims.map(({ node }) => node);
        watch.harmed(chosen, nodes);
        for (const { pid } of victims) signal(pid, name);
      };
      switch (chosen) {
        case "kill":
          return doTo([one], "SIGKILL");
        case "kill all":
          return doTo(alive, "SIGKILL");
        case "stop for 3 s":
        case "stop for 300 ms":
          doTo([one], "SIGSTOP");
          await sleep(chosen === "stop for 3 s" ? 3000 : 300);
          return signal(one.pid, "SIGCONT");
        case "cut the network for 3 s":
          watch.harmed(chosen, [FAR_NODE]);
          cable!.cut();
          await sleep(3000);
          return cable!.mend();
        case "kill the coordinator":
          killedMs = now();
          coordinator.kill("SIGKILL");
          return;
        case "one more joins": {
          const join = `more-${more++}`;
          joining.set(join, now());
          coordinator.send({ join } satisfies ChaosJoin);
        }
      }
    }

    function onProgress(progress: TrainingProgress): void {
      watch.saw(progress);
      if (progress.type !== "step") return;
      for (const { node } of progress.nodes) {
        const askedMs = joining.get(node);
        if (askedMs !== undefined) joins.push({ harm: "one more joins", ms: now() - askedMs });
        joining.delete(node);
      }
      const { step } = progress;
      if (step < nextStep || step >= request.job.steps - 1 || killedMs !== undefined) return;
      nextStep = step + 20 + choose(60);
      const alive = progress.nodes.map(({ node }) => ({ node, pid: pids.get(node)! }));
      quiet = Promise.all([quiet, harm(step, alive)]).then(() => {});
    }

    coordinator.on("message", (report: ChaosReport) => {
      if (report.type === "started") pids.set(report.node, report.pid);
      else if (report.type === "progress") onProgress(report.progress);
      else if (report.type === "checkpoint") ({ resume } = report);
      else ({ result } = report);
    });
    const job = { ...request.job, ...(resume && { resume }) };
    coordinator.send({ ...request, job, ...(cable && { cable: beyond(cable) }) } satisfies ChaosRequest);
    const [[code, signalName]] = await ended;
    if (result !== undefined) return result;
    if (killedMs === undefined) throw new Error(`the coordinator ended with ${signalName ?? `code ${code}`}`);
    watch.harmed("kill the coordinator", [], killedMs);
    joining.clear();
    quiet = Promise.all([quiet, haveEnded(pids)]).then(() => {});
    return undefined;
  }

  let result: TrainingResult | undefined;
  while (result === undefined) result = await attempt();
  await quiet;
  return { harms, recoveries: [...watch.recoveries, ...joins], result };
}

/** What another process can be told of it. */
function beyond({ here, there, space }: Cable): ChaosRequest["cable"] {
  return { here, there, space };
}

/** Waits for nodes whose coordinator was killed: they end, but for those that are stopped or cut off, which do when that is over. */
async function haveEnded(pids: ReadonlyMap<string, number>): Promise<void> {
  const untilMs = now() + ORPHAN_MS;
  for (const [node, pid] of pids) {
    for (; isAlive(pid); await sleep(100))
      if (now() > untilMs) throw new Error(`"${node}", process ${pid}, outlived its coordinator by ${ORPHAN_MS} ms`);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function now(): number {
  return performance.now();
}

/** One that has ended meanwhile cannot be harmed any more. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
