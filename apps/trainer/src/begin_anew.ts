import type { StageFailure } from "@millrace/contracts";
import type { JobContext } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import type { PlannedJob } from "./plan_job.ts";
import type { RunRequest } from "./run_request.ts";
import { checkpoints } from "./tables.ts";
import { trainRun } from "./train_run.ts";
import type { Trained } from "./trained.ts";
import type { TrainerOptions } from "./trainer_options.ts";

/**
 * Trains as `trainRun` does. Where nobody goes on from what was kept, since another runtime, processor or revision made it, that is dropped
 * and the training begins anew, once: a search must not fail for good with one trial that was made elsewhere.
 * @throws Also where nodes of the checkpoints' arithmetic were there and the one in their place has another: they may be there again.
 */
export async function trainOrBeginAnew(
  planned: PlannedJob,
  request: RunRequest,
  context: JobContext,
  options: TrainerOptions,
): Promise<Trained | StageFailure> {
  let hasBegun = false;
  const watched: RunRequest = {
    ...request,
    started(fingerprint, from) {
      hasBegun = true;
      return request.started(fingerprint, from);
    },
  };
  const trained = await trainRun(planned, watched, context, options);
  if (!("code" in trained) || trained.code !== "fingerprint_mismatch") return trained;
  if (hasBegun) throw new Error(trained.message);
  const { database, project, log } = context;
  const { runId } = request;
  const dropped = await database.drizzle
    .delete(checkpoints)
    .where(and(eq(checkpoints.project, project), eq(checkpoints.runId, runId)))
    .returning({ step: checkpoints.step });
  if (dropped.length === 0) return trained;
  const steps = dropped.map(({ step }) => step).sort((a, b) => a - b);
  const why = `its checkpoints after ${steps.join(", ")} steps were made with other arithmetic`;
  log.warn(`training: ${runId} begins anew, ${why}`, { runId, reason: trained.message });
  return trainRun(planned, request, context, options);
}
