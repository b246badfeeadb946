/** What a run's state means to its reader. */
import type { DeploymentView, RunState, RunView, Stage, StageView } from "@millrace/contracts";
import { awaitedWords, isFinal, liveAfterAll } from "@millrace/contracts";
import { formatCount, formatDuration } from "./format.ts";
import type { Tone } from "./html.ts";

/** Short nouns: seven of them fit a phone side by side. */
export const STAGE_NOUNS: Readonly<Record<Stage, string>> = {
  collecting: "Collect",
  cleaning: "Clean",
  deduplicating: "Dedupe",
  tokenizing: "Tokens",
  training: "Train",
  evaluating: "Eval",
  deploying: "Serve",
};

export function toneOf(state: RunState): Tone {
  if (state === "serving" || state === "completed") return "ok";
  if (state === "failed") return "failed";
  return state === "cancelled" || state === "planned" ? "idle" : "running";
}

export function toneOfStage(state: StageView["state"]): Tone {
  if (state === "done") return "ok";
  if (state === "failed" || state === "running") return state;
  return "idle";
}

/** The stage a run is in, or stopped in. */
export function currentStage(run: RunView): StageView | undefined {
  return run.stages.find(({ stage, state }) => state === "running" || stage === run.stoppedIn);
}

/** The run in one sentence. */
export function sentenceOf(run: RunView): string {
  if (run.state === "serving") return `${run.name} is served`;
  if (run.state === "completed") return `${run.name} is complete`;
  if (run.state === "cancelled") return `${run.name} was cancelled${run.stoppedIn ? ` while ${run.stoppedIn}` : ""}`;
  if (run.state === "failed") return `${run.name} failed${run.stoppedIn ? ` while ${run.stoppedIn}` : ""}`;
  if (run.state === "planned") return `${run.name} is about to start`;
  const stage = currentStage(run);
  if (stage?.awaits !== undefined) return awaitedWords(stage.awaits);
  const rate = stage && rateOf(stage);
  const left =
    rate?.leftSeconds === undefined
      ? ""
      : `, about ${formatDuration(Math.max(1, Math.round(rate.leftSeconds)))} left in this stage`;
  return `${run.name} is ${run.state}${left}`;
}

/** What has become of a run, wherever it is told: what is live now comes before how the run ended. */
export function headlineOf(
  run: RunView,
  deployments: readonly DeploymentView[],
): { readonly sentence: string; readonly tone: Tone; readonly state: string } {
  const live = liveAfterAll(run, deployments);
  if (live === undefined) return { sentence: sentenceOf(run), tone: toneOf(run.state), state: run.state };
  return {
    sentence: `${live.model} v${live.version} is live, after ${sentenceOf(run)}`,
    tone: "ok",
    state: live.state,
  };
}

export interface Rate {
  readonly perSecond: number;
  readonly leftSeconds: number | undefined;
}

/** Speed of a running stage and the time it still needs; undefined before there is anything to tell from. */
export function rateOf({ state, progress, workedSeconds }: StageView): Rate | undefined {
  if (state !== "running" || progress === null || workedSeconds < 1 || progress.done === 0) return undefined;
  const perSecond = progress.done / workedSeconds;
  return { perSecond, leftSeconds: Math.max(0, progress.total - progress.done) / perSecond };
}

/** `540 of 900 steps`; the total alone once done. */
export function progressText({ progress, state, awaits }: StageView): string {
  if (awaits !== undefined) return awaitedWords(awaits);
  if (state === "done" && progress?.done === progress?.total)
    return progress ? `${formatCount(progress.total)} ${progress.unit}` : "";
  return progress === null ? "" : `${formatCount(progress.done)} of ${formatCount(progress.total)} ${progress.unit}`;
}

/** Seconds that a stage was worked on; undefined before it begins. */
export function secondsOf({ startedAt, workedSeconds }: StageView): number | undefined {
  return startedAt === null ? undefined : workedSeconds;
}

/** The newest run that still moves. */
export function runningRun(runs: readonly RunView[]): RunView | undefined {
  return runs.find(({ state }) => !isFinal(state));
}
