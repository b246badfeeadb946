/** Moves the row of a run and says so in events: the only place that writes a run's state. */
import { EVENTS, isFinal, type RunState, type Stage, type StageFailure } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import type { FactName, Facts } from "./facts.ts";
import { nextStep } from "./pipeline.ts";
import { failureOf, type Room } from "./room.ts";
import { type RunRow, runs, stages } from "./tables.ts";
import { seenAtWork } from "./working_time.ts";

/**
 * Reads a run for changing it: whoever else would change it waits.
 * @returns Undefined when the project has no such run.
 */
export async function lockRun(context: EffectContext, runId: string): Promise<RunRow | undefined> {
  const [run] = await context.db
    .select()
    .from(runs)
    .where(and(eq(runs.project, context.project), eq(runs.id, runId)))
    .for("update");
  return run;
}

/**
 * Takes a fact into account. A fact that is known already, or comes after the run has ended, changes nothing.
 * @param name Under which word it is kept.
 * @param fact Data of the event.
 * @param room What the project has for another stage.
 */
export async function takeFact<Name extends FactName>(
  context: EffectContext,
  runId: string,
  name: Name,
  fact: NonNullable<Facts[Name]>,
  room: Room,
): Promise<void> {
  const run = await lockRun(context, runId);
  if (!run || isFinal(run.state) || run.facts[name]) return;
  const informed = { ...run, facts: { ...run.facts, [name]: fact } };
  const asked = nextStep(run).command?.definition.type;
  // A fact that opens no step (a version was packaged, its deployment goes on) is only kept.
  if (nextStep(informed).command?.definition.type === asked) await update(context, run, { facts: informed.facts });
  else await moveOn(context, informed, failureOf(room));
}

/** Whether a run can be resumed. */
export function hasStopped({ state }: Pick<RunRow, "state">): boolean {
  return state === "failed" || state === "cancelled";
}

/** Plans another attempt of a run that has stopped: from then on it is under way. */
export async function planAttempt(context: EffectContext, run: RunRow): Promise<number> {
  const attempt = run.attempt + 1;
  await update(context, run, { state: "planned", attempt, error: null, errorCode: null });
  return attempt;
}

/**
 * Asks for the next step of a run as its facts stand.
 * @param failure Why there is no room for it; the run has failed then, in the stage that it would have begun.
 */
export async function moveOn(context: EffectContext, run: RunRow, failure?: StageFailure): Promise<void> {
  const step = nextStep(run);
  const key = { project: context.project, runId: run.id };
  await update(context, run, {
    state: step.state,
    facts: run.facts,
    attempt: run.attempt,
    error: null,
    errorCode: null,
    stoppedIn: null,
  });
  if (step.state !== run.state) {
    await closeStage(context, run, "done");
    if (!isFinal(step.state)) {
      const startedAt = context.now();
      const opened = {
        state: "running" as const,
        startedAt,
        endedAt: null,
        seenAt: startedAt,
        progress: null,
        awaits: null,
        rollout: null,
        unanswered: null,
      };
      await context.db
        .insert(stages)
        .values({ ...key, stage: step.state as Stage, ...opened })
        .onConflictDoUpdate({ target: [stages.project, stages.runId, stages.stage], set: opened });
    }
    announce(context, run, step.state);
  }
  const { command } = step;
  if (command && failure) return stopRun(context, { ...run, state: step.state }, "failed", asEnd(failure));
  if (command) context.output(`attempt ${run.attempt}`, command.definition, command.data);
}

/** A failure as the row of its run tells it. */
export function asEnd({ code, message }: { readonly code: string; readonly message: string }) {
  return { code, message: `${message} (${code})` };
}

/** Ends a run that did not reach its goal. */
export async function stopRun(
  context: EffectContext,
  run: RunRow,
  state: "failed" | "cancelled",
  { message, code }: { readonly message: string; readonly code: string | null },
): Promise<void> {
  // One that was cancelled before it went on stopped where it had stopped before.
  const stoppedIn = stageOf(run.state) ?? run.stoppedIn;
  await update(context, run, { state, error: message, errorCode: code, stoppedIn });
  await closeStage(context, run, state);
  announce(context, run, state, message);
}

function announce(context: EffectContext, run: RunRow, state: RunState, error?: string): void {
  const data = { runId: run.id, state, attempt: run.attempt, ...(error === undefined ? {} : { error }) };
  context.output(`${state} ${run.attempt}`, EVENTS.pipelineStateChanged, data);
}

async function update(context: EffectContext, run: RunRow, changes: Partial<RunRow>): Promise<void> {
  await context.db
    .update(runs)
    .set({ ...changes, updatedAt: context.now() })
    .where(and(eq(runs.project, context.project), eq(runs.id, run.id)));
}

async function closeStage(context: EffectContext, run: RunRow, state: "done" | "failed" | "cancelled"): Promise<void> {
  const stage = stageOf(run.state);
  if (!stage) return;
  const endedAt = context.now();
  await context.db
    .update(stages)
    .set({ state, endedAt, awaits: null, ...seenAtWork(endedAt) })
    .where(and(eq(stages.project, context.project), eq(stages.runId, run.id), eq(stages.stage, stage)));
}

/** The stage that a state is, or null for states that are none. */
function stageOf(state: RunState): Stage | null {
  return state === "planned" || isFinal(state) ? null : (state as Stage);
}
