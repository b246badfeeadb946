/** Rows of a run: its generation, its checkpoints, what a watcher sees. */
import type { LiveTraining } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { and, desc, eq, lt, notInArray } from "drizzle-orm";
import type { GenerationStore } from "./coordinator/ports.ts";
import { checkpoints, trainingRuns } from "./tables.ts";

/** A stored checkpoint. */
export type CheckpointRow = typeof checkpoints.$inferSelect;

/** Rows of one run of a project. */
export interface TrainingStore extends GenerationStore {
  /** Checkpoints of this job, the newest first. */
  newestFirst(jobHash: string): Promise<CheckpointRow[]>;
  /** Checkpoints of another run of the project, the newest first. */
  ofRun(run: string): Promise<CheckpointRow[]>;
  /** The checkpoint after `step` steps. */
  at(jobHash: string, step: number): Promise<CheckpointRow | undefined>;
  /** Steps that have a checkpoint of this job. */
  steps(jobHash: string): Promise<number[]>;
  /**
   * Keeps a checkpoint. One that is there already is the same one.
   * @param kept Steps that stay, as `keptCheckpoints` says; older ones that are not among them are dropped.
   */
  keep(checkpoint: Omit<CheckpointRow, "project" | "runId">, kept: readonly number[]): Promise<void>;
  /** Notes how much time was spent when the training ended with the checkpoint after `step` steps. */
  spend(jobHash: string, step: number, elapsedMs: number): Promise<void>;
  show(live: LiveTraining): Promise<void>;
}

/** Opens the rows of a run, made if need be. */
export async function openTrainingStore(db: Queries, project: string, runId: string): Promise<TrainingStore> {
  const key = { project, runId };
  await db.insert(trainingRuns).values(key).onConflictDoNothing();
  const thisRun = and(eq(trainingRuns.project, project), eq(trainingRuns.runId, runId));
  const ofJob = (jobHash: string) =>
    and(eq(checkpoints.project, project), eq(checkpoints.runId, runId), eq(checkpoints.jobHash, jobHash));
  return {
    async current() {
      const [row] = await db.select({ generation: trainingRuns.generation }).from(trainingRuns).where(thisRun);
      return row?.generation ?? 0;
    },
    async advance(_, expected) {
      const advanced = await db
        .update(trainingRuns)
        .set({ generation: expected + 1 })
        .where(and(thisRun, eq(trainingRuns.generation, expected)))
        .returning({ generation: trainingRuns.generation });
      return advanced[0]?.generation;
    },
    newestFirst: async (jobHash) =>
      await db.select().from(checkpoints).where(ofJob(jobHash)).orderBy(desc(checkpoints.step)),
    ofRun: async (run) =>
      await db
        .select()
        .from(checkpoints)
        .where(and(eq(checkpoints.project, project), eq(checkpoints.runId, run)))
        .orderBy(desc(checkpoints.step)),
    async at(jobHash, step) {
      const rows = await db
        .select()
        .from(checkpoints)
        .where(and(ofJob(jobHash), eq(checkpoints.step, step)));
      return rows[0];
    },
    async steps(jobHash) {
      const rows = await db.select({ step: checkpoints.step }).from(checkpoints).where(ofJob(jobHash));
      return rows.map(({ step }) => step);
    },
    async keep(checkpoint, kept) {
      await db
        .insert(checkpoints)
        .values({ ...key, ...checkpoint })
        .onConflictDoNothing();
      // Only older ones: who was paused for long does not know what has been kept since.
      const old = and(lt(checkpoints.step, Math.max(...kept)), notInArray(checkpoints.step, [...kept]));
      await db.delete(checkpoints).where(and(ofJob(checkpoint.jobHash), old));
    },
    async spend(jobHash, step, elapsedMs) {
      await db
        .update(checkpoints)
        .set({ elapsedMs })
        .where(and(ofJob(jobHash), eq(checkpoints.step, step)));
    },
    async show(live) {
      await db.update(trainingRuns).set({ live }).where(thisRun);
    },
  };
}
