import { ArtifactRef } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { z } from "zod";
import { attemptKey } from "../attempt_key.ts";
import type { Deployment } from "../deployment_store.ts";

export const EXERCISE_CANARY = "exercise_canary";

/** What the job is told. */
export const ExerciseInput = z.strictObject({
  runId: z.string(),
  attempt: z.number(),
  model: z.string(),
  version: z.number(),
  stable: z.number(),
  /** Requests that the canary is to be judged by. */
  requests: z.number(),
  /** When users' requests have been waited for, milliseconds since 1970. */
  notBefore: z.number(),
  tokenized: ArtifactRef,
  package: ArtifactRef,
});

/** Has the canary tried with validation text if users do not send enough. */
export async function exercise(context: EffectContext, row: Deployment): Promise<void> {
  const { runId, attempt, model, version, stable, canary, tokenized, package: served } = row;
  if (stable === null || canary === null || tokenized === null || served === null) return;
  const input: z.infer<typeof ExerciseInput> = {
    runId,
    attempt,
    model,
    version,
    stable,
    requests: canary.requests,
    // A wait that was begun is not begun again.
    notBefore: (row.canaryStartedAt ?? context.now()) + 1000 * canary.waitSeconds,
    tokenized,
    package: served,
  };
  await context.startJob(EXERCISE_CANARY, `${attemptKey(row)} ${context.causationId}`, { ...input });
}
