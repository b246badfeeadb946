import type { EventData, EVENTS, TrafficWindow } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { emptySketch, mergeSketches, type QuantileSketch, quantileSketchSchema } from "@millrace/statistics";
import { and, eq } from "drizzle-orm";
import { canaryWindows } from "../tables.ts";
import type { Arm } from "./judge_canary.ts";

/** A canary, by the run that made it. */
export interface CanaryKey {
  readonly project: string;
  readonly runId: string;
}

/** Keeps a window that was observed while the canary had traffic; the same window again changes nothing. */
export async function keepWindow(
  db: Queries,
  { project, runId }: CanaryKey,
  { version, gateway, windowStart, real, synthetic }: EventData<typeof EVENTS.trafficObserved>,
): Promise<void> {
  await db
    .insert(canaryWindows)
    .values({ project, runId, version, gateway, windowStart: Date.parse(windowStart), real, synthetic })
    .onConflictDoNothing();
}

/** Sums up what a version has answered since the canary began. */
export async function armOf(db: Queries, key: CanaryKey, version: number): Promise<Arm> {
  const rows = await db
    .select()
    .from(canaryWindows)
    .where(and(ofCanary(key), eq(canaryWindows.version, version)));
  const windows = rows.flatMap(({ real, synthetic }) => [real, synthetic]);
  const sum = (count: (window: TrafficWindow) => number): number =>
    windows.reduce((total, window) => total + count(window), 0);
  return {
    version,
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    synthetic: rows.reduce((total, { synthetic }) => total + synthetic.requests, 0),
    firstTokenMs: windows.reduce<QuantileSketch>(
      (merged, { firstTokenMs }) => mergeSketches(merged, quantileSketchSchema.parse(firstTokenMs)),
      emptySketch(),
    ),
  };
}

/** Forgets the windows of a canary that is over. */
export async function forgetWindows(db: Queries, key: CanaryKey): Promise<void> {
  await db.delete(canaryWindows).where(ofCanary(key));
}

function ofCanary({ project, runId }: CanaryKey) {
  return and(eq(canaryWindows.project, project), eq(canaryWindows.runId, runId));
}
