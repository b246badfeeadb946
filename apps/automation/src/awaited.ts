/** What a run's deployment waits for, from what has been told of it: in whatever order that is heard, the same follows. */
import type { Awaited, EventData, EVENTS } from "@millrace/contracts";

export interface AwaitedIn {
  /** Absent in rows of when approvals alone were awaited. */
  readonly act?: Awaited["act"];
  readonly model: string;
  readonly version: number;
  /** Who asked for what is to be approved. */
  readonly by: string | null;
  /** Since when. Absent in rows of before that was noted. */
  readonly sinceMs?: number;
}

/** What a row waits for. */
export function actIn({ act = "approve" }: AwaitedIn): Awaited["act"] {
  return act;
}

/** What is waited for from now on, or since when it was already. */
export function noteSince(awaits: AwaitedIn | null, before: AwaitedIn | null, nowMs: number): AwaitedIn | null {
  if (awaits === null) return null;
  if (before === null || actIn(awaits) !== actIn(before)) return { ...awaits, sinceMs: nowMs };
  return { ...awaits, ...(before.sinceMs !== undefined && { sinceMs: before.sinceMs }) };
}

/** A finding that no rule has acted on: that the version is ready for its roll-out, or healthy as a canary. */
export interface Unanswered {
  readonly attempt: number;
  readonly finding: "ready" | "healthy";
}

type Moved = EventData<typeof EVENTS.rolloutMoved>;

/** @returns Null where it goes on by itself. */
export function awaitedIn(rollout: Moved | null, unanswered: Unanswered | null): AwaitedIn | null {
  const act = rollout === null ? undefined : actOn(rollout, unanswered);
  if (rollout === null || act === undefined) return null;
  const { model, version, by } = rollout;
  return { act, model, version, by: act === "approve" ? by : null };
}

function actOn({ state, attempt }: Moved, unanswered: Unanswered | null): Awaited["act"] | undefined {
  if (state === "awaiting_approval") return "approve";
  if (state === "paused") return "resume";
  if (unanswered?.attempt !== attempt) return undefined;
  if (state === "ready") return "start";
  return state === "canary" && unanswered.finding === "healthy" ? "promote" : undefined;
}

/** Whether one was told of a deployment after the other. */
export function isLater(moved: Moved, known: Moved | null): boolean {
  if (known === null || moved.attempt !== known.attempt) return moved.attempt > (known?.attempt ?? 0);
  return moved.step > known.step;
}

/** Of two findings the one that is further: healthy follows on ready, and an attempt on the one before. */
export function further(found: Unanswered, known: Unanswered | null): Unanswered {
  if (known === null || found.attempt > known.attempt) return found;
  return found.attempt === known.attempt && found.finding === "healthy" ? found : known;
}
