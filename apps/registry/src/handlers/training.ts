/** What trainer tells of a run: its start, its curves, its checkpoints, its end. */
import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { and, eq, lt, notInArray, sql } from "drizzle-orm";
import { knowArtifacts } from "../artifacts.ts";
import { recordLineage } from "../lineage.ts";
import { checkpoints, nodeActivity, nodeChanges, trainingPoints, trainingRuns, trials } from "../tables.ts";

export const trainingStarted = onEvent({
  name: "training_started",
  version: 1,
  event: EVENTS.trainingStarted,
  // In order: of two starts the later one tells what trains.
  maxInFlight: 1,
  async handle({ data: { trial, from, ...data } }, { db, project, now }) {
    const row = { project, ...data, state: "running" as const, createdAt: now() };
    // A resumed run starts again under the same settings; a trial perhaps anew, with the arithmetic of another machine.
    const again = { state: row.state, fingerprint: row.fingerprint };
    await db
      .insert(trainingRuns)
      .values(row)
      .onConflictDoUpdate({ target: [trainingRuns.project, trainingRuns.runId], set: again });
    if (from !== undefined) {
      const { run, step, checkpoint, state } = from;
      await knowArtifacts(db, project, [checkpoint, state]);
      const node = { kind: "checkpoint", id: checkpoint.sha256, label: `step ${step}` } as const;
      await recordLineage(db, project, node, [{ kind: "run", id: run, label: run, relation: "trained by" }]);
      const { runId } = data;
      const own = { kind: "run", id: runId, label: runId } as const;
      await recordLineage(db, project, own, [{ ...node, relation: "gone on from" }]);
    }
    if (trial === undefined) return;
    const { run: runId, number, values } = trial;
    // Its end may have been heard of before.
    await db
      .insert(trials)
      .values({ project, runId, number, trialId: data.runId, values, state: "running" })
      .onConflictDoNothing();
  },
});

export const trainingProgressed = onEvent({
  name: "training_progressed",
  version: 1,
  event: EVENTS.trainingProgressed,
  async handle({ data }, { db, project }) {
    const key = { project, runId: data.runId };
    // A run that has gone back to a checkpoint tells the same step twice: the later one counts.
    const points = [...new Map(data.points.map((point) => [point.step, { ...key, step: point.step, point }])).values()];
    if (points.length > 0) {
      await db
        .insert(trainingPoints)
        .values(points)
        .onConflictDoUpdate({
          target: [trainingPoints.project, trainingPoints.runId, trainingPoints.step],
          set: { point: sql`excluded.point` },
        });
    }
    const activity = data.nodes.map((one) => ({ ...key, node: one.node, step: one.step, activity: one }));
    if (activity.length > 0) await db.insert(nodeActivity).values(activity).onConflictDoNothing();
    const changes = data.changes.map(({ node, generation, change, ...rest }) => ({
      ...key,
      node,
      generation,
      change,
      detail: { node, generation, change, ...rest },
    }));
    if (changes.length > 0) await db.insert(nodeChanges).values(changes).onConflictDoNothing();
  },
});

export const trainingCheckpointed = onEvent({
  name: "training_checkpointed",
  version: 1,
  event: EVENTS.trainingCheckpointed,
  // In order: what an event drops must not come back with one before it.
  maxInFlight: 1,
  async handle({ data }, { db, project }) {
    const { kept, ...checkpoint } = data;
    await db
      .insert(checkpoints)
      .values({ project, ...checkpoint })
      .onConflictDoNothing();
    await knowArtifacts(db, project, [data.checkpoint, data.state]);
    if (kept === undefined) return;
    const ofRun = and(eq(checkpoints.project, project), eq(checkpoints.runId, data.runId));
    await db
      .delete(checkpoints)
      .where(and(ofRun, lt(checkpoints.step, data.step), notInArray(checkpoints.step, [...kept, data.step])));
  },
});

export const trainingCompleted = onEvent({
  name: "training_completed",
  version: 1,
  event: EVENTS.trainingCompleted,
  async handle({ data }, { db, project }) {
    await db
      .update(trainingRuns)
      .set({ state: "completed" })
      .where(and(eq(trainingRuns.project, project), eq(trainingRuns.runId, data.runId)));
    await knowArtifacts(db, project, [data.checkpoint]);
    const checkpoint = { kind: "checkpoint", id: data.checkpoint.sha256, label: `step ${data.steps}` } as const;
    await recordLineage(db, project, checkpoint, [
      { kind: "run", id: data.runId, label: data.runId, relation: "trained by" },
    ]);
  },
});
