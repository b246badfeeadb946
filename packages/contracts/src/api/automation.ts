/** `/api/automation`: runs. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { CloudEvent } from "../envelope.ts";
import { ModelName, Recipe } from "../recipe.ts";
import { RunState, Stage } from "../stages.ts";

/** `POST /api/automation/runs`: starts a run; the same idempotency key answers with the same run. */
export const StartRun = z.strictObject({ recipe: Recipe, idempotencyKey: z.string().min(1).max(200) });
export type StartRun = z.infer<typeof StartRun>;
export const StartedRun = z.strictObject({ runId: z.string() });
export type StartedRun = z.infer<typeof StartedRun>;

export const StageView = z.strictObject({
  stage: Stage,
  state: z.enum(["waiting", "running", "done", "skipped", "failed", "cancelled"]),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  progress: z.strictObject({ done: z.number(), total: z.number(), unit: z.string() }).nullable(),
});
export type StageView = z.infer<typeof StageView>;

/** `GET /api/automation/runs/:id`; a list of these, newest first, is `GET /api/automation/runs`. */
export const RunView = z.strictObject({
  id: z.string(),
  name: ModelName,
  state: RunState,
  attempt: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  error: z.string().nullable(),
  /** The stage that failed or was cancelled. */
  stoppedIn: Stage.nullable(),
  recipe: ArtifactRef,
  stages: z.array(StageView),
});
export type RunView = z.infer<typeof RunView>;
export const RunList = z.strictObject({ runs: z.array(RunView) });
export type RunList = z.infer<typeof RunList>;

/** `GET /api/automation/runs/:id/recipe` answers with the Recipe, `…/summary` with the Summary. */
/** `GET /api/automation/runs/:id/events`: the log of the run in order. */
export const RunEvents = z.strictObject({ events: z.array(CloudEvent) });
export type RunEvents = z.infer<typeof RunEvents>;

/** `POST /api/automation/runs/:id/cancel` with a reason; `POST …/resume` with `{}`; both answer with the RunView. */
export const CancelRun = z.strictObject({ reason: z.string().max(500).default("cancelled by the user") });
export type CancelRun = z.infer<typeof CancelRun>;
