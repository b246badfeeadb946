import type { Artifacts } from "@millrace/artifacts";
import type { StageFailure } from "@millrace/contracts";
import type { PlannedJob } from "./plan_job.ts";
import { basisDifferences, type TrainingBasis } from "./training_basis.ts";
import type { CheckpointRow, TrainingStore } from "./training_store.ts";
import { firstWhole } from "./whole_checkpoint.ts";

/**
 * Takes the checkpoint of another run that a training is to go on from among the training's own: from now on nobody asks the other run.
 * What the other has measured and how long it took are not taken.
 * @returns The checkpoint as the training's own, or why it cannot be gone on from.
 */
export async function takeOrigin(
  { run, step }: NonNullable<PlannedJob["origin"]>,
  { job, jobHash, basis }: Pick<PlannedJob, "job" | "jobHash" | "basis">,
  store: Pick<TrainingStore, "ofRun" | "keep">,
  artifacts: Artifacts,
): Promise<CheckpointRow | StageFailure> {
  const unusable = (words: string): StageFailure => ({
    code: "checkpoint_unusable",
    message: `training from ${run}@${step}: ${words}`,
  });
  const kept = await store.ofRun(run);
  const there = kept.filter((row) => row.step === step);
  if (there.length === 0) {
    const steps = [...new Set(kept.map((row) => row.step))].sort((a, b) => a - b).join(", ");
    return unusable(
      steps === ""
        ? "found no checkpoint of that run; wanted a run of this project that has some"
        : `found checkpoints after ${steps} steps; wanted one of these`,
    );
  }
  if (step >= job.steps) return unusable(`found train.steps ${job.steps}; wanted more steps than the checkpoint has`);
  const known = there.filter((row): row is CheckpointRow & { basis: TrainingBasis } => row.basis !== null);
  const differences = known.map((row) => basisDifferences(row.basis, basis));
  const alike = known.filter((_, index) => differences[index]?.length === 0);
  if (alike.length === 0) {
    return unusable(
      differences[0] === undefined
        ? "found a checkpoint of an earlier version, which does not say by what it was trained; wanted one of this version"
        : `found a difference in ${differences[0].join(", ")}; wanted the same: only the course of training may be another, as train.learningRate and train.clip`,
    );
  }
  let damage = "";
  const whole = await firstWhole(alike, artifacts, (_, reason) => (damage = reason));
  if (whole === undefined) return unusable(`${damage}; wanted a whole checkpoint`);
  const { project, runId: _, resume, ...rest } = whole;
  const own = { ...rest, jobHash, resume: { ...resume, validations: [] }, elapsedMs: 0 };
  await store.keep(own, [step]);
  return { ...own, project, runId: job.run };
}
