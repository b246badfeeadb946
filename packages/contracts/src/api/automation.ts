/** `/api/automation`: runs, dead letters. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { Awaited } from "../awaited.ts";
import { DeadLetter } from "../dead_letter.ts";
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
  /** Time that was worked on it, over all attempts; without the time in which nothing ran, or a decision was awaited. */
  workedSeconds: z.number().nonnegative(),
  /** What somebody has to do before it goes on; absent where nobody is awaited. */
  awaits: Awaited.optional(),
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
  /** Code of the failure, for `remedyOf`; null where nothing failed. */
  errorCode: z.string().nullable(),
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

/** One dead letter of the project. */
export const DeadLetterView = DeadLetter.extend({
  /** By which it is requeued, and after which the next page begins. */
  sequence: z.int().positive(),
  /** The type that its subject names, known or not. */
  type: z.string(),
  /** The payload's beginning, at most 4000 characters of it. */
  payload: z.string(),
  /** Length of the whole payload in characters. */
  payloadLength: z.int().nonnegative(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** Which dead letters: those of a consumer, of an event type, of both, or all. */
const alike = {
  consumer: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,120}$/, { error: "expected <service>-<handler>" })
    .optional(),
  type: z.string().min(1).max(200).optional(),
};

/** Query of `GET /api/automation/dead-letters`, oldest first. */
export const DeadLetterQuery = z.strictObject({
  ...alike,
  /** The page after this sequence. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const DeadLetterList = z.strictObject({
  deadLetters: z.array(DeadLetterView),
  /** `after` of the next page; null on the last. */
  next: z.int().positive().nullable(),
});
export type DeadLetterList = z.infer<typeof DeadLetterList>;

/** `POST /api/automation/dead-letters/requeue`: one, by its sequence, or all alike that there are now. */
export const RequeueDeadLetters = z.union([
  z.strictObject({ sequence: z.int().positive() }),
  z.strictObject({ all: z.strictObject(alike) }),
]);
export type RequeueDeadLetters = z.infer<typeof RequeueDeadLetters>;
export const RequeuedDeadLetters = z.strictObject({
  /** Events that were brought back. */
  requeued: z.int().nonnegative(),
  /** Whether there were more than are taken at once: ask again. */
  more: z.boolean(),
});
export type RequeuedDeadLetters = z.infer<typeof RequeuedDeadLetters>;
