/**
 * How long stages were worked on. A run may be stopped, killed or put to sleep with its machine, and go on much later: only the time
 * in which the platform was up, and nobody's decision was awaited, counts. Whoever sees a stage at work says so every few seconds; a longer silence is a pause.
 */
import type { Schedule } from "@millrace/service";
import { eq, sql } from "drizzle-orm";
import { type StageRow, stages } from "./tables.ts";

const LOOK_MS = 5000;
/** A silence up to this long is work; a pause can be counted wrongly by no more than this. */
const LONGEST_SILENCE_MS = 3 * LOOK_MS;

/** Counts the time since the running stages were last seen. */
export const keepWorkingTime: Schedule = {
  name: "keep_working_time",
  everyMs: LOOK_MS,
  async run({ database, now }) {
    await database.drizzle.update(stages).set(seenAtWork(now())).where(eq(stages.state, "running"));
  },
};

/** What changes in the row of a running stage that is seen at work. */
export function seenAtWork(nowMs: number) {
  // In the database: two that look at the same time must not count the same time twice.
  const silence = sql`${nowMs}::bigint - coalesce(${stages.seenAt}, ${stages.startedAt})`;
  const isWork = sql`${stages.awaits} is null and ${silence} between 0 and ${LONGEST_SILENCE_MS}`;
  const counted = sql`case when ${isWork} then ${silence} else 0 end`;
  return { workedMs: sql<number>`${stages.workedMs} + ${counted}`, seenAt: nowMs };
}

/**
 * Time in ms that was worked on a stage.
 * @param nowMs Clock, for a stage that runs.
 */
export function workedMs(row: StageRow, nowMs: number): number {
  const { state, workedMs: counted, seenAt, startedAt, endedAt, awaits } = row;
  // A row of before this was kept knows only its beginning and end.
  if (seenAt === null) return Math.max(0, (endedAt ?? nowMs) - startedAt);
  const silence = nowMs - seenAt;
  const isWorkedOn = state === "running" && awaits === null;
  return counted + (isWorkedOn && silence >= 0 && silence <= LONGEST_SILENCE_MS ? silence : 0);
}
