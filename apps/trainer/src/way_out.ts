import type { StageFailure } from "@millrace/contracts";
import type { PlannedJob } from "./plan_job.ts";

/**
 * Adds to why a training has failed how another run gets past it, where no attempt of this one does.
 * @param kept Steps that it has a checkpoint after, ascending.
 * @param planned What it trained by, and what it went on from itself.
 */
export function withWayOut(
  failure: StageFailure,
  runId: string,
  kept: readonly number[],
  {
    origin,
    train,
  }: Pick<PlannedJob, "origin"> & { readonly train: Pick<PlannedJob["train"], "optimiser" | "learningRate"> },
): StageFailure {
  const and = (words: string): StageFailure => ({ ...failure, message: `${failure.message}; ${words}` });
  // Begun anew it would go on from what was made elsewhere again.
  if (failure.code === "fingerprint_mismatch" && origin === undefined)
    return and(`"millrace run --again ${runId}" starts it anew`);
  const newest = kept.at(-1);
  if (failure.code !== "non_finite_loss" || newest === undefined) return failure;
  // The newest may be of a model that is ruined already.
  const before = [
    ...(kept.length > 1 ? [`after ${kept.slice(0, -1).join(", ")}`] : []),
    ...(origin === undefined ? [] : [`of ${origin.run}, before step ${origin.step}`]),
  ];
  const earlier =
    before.length === 0 ? "" : `; where it ends the same way, take an earlier one: ${before.join(", or ")}`;
  // Left out it would be derived anew, and another one beside a learning rate.
  const lower = Number((train.learningRate / 10).toPrecision(2));
  const optimiser = `--set train.optimiser=${train.optimiser.name}`;
  return and(
    `"millrace run --again ${runId} --set train.from=${runId}@${newest} ${optimiser} --set train.learningRate=${lower}" goes on from its checkpoint after ${newest} steps${earlier}`,
  );
}
