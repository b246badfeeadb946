/** `/api/deployer`, `/api/inference`, `/api/trainer`. */
import { z } from "zod";
import { NodeActivity, NodeChange } from "../formats/metrics.ts";
import { Gate } from "../formats/model.ts";
import { CanaryEvidence, CanarySettings, DeploymentState } from "../formats/rollout.ts";
import { Sample } from "../summary.ts";

const count = z.number().int().nonnegative();

/** A state that a deployment came to, and when. */
export const DeploymentStep = z.strictObject({ state: DeploymentState, at: z.iso.datetime() });
export type DeploymentStep = z.infer<typeof DeploymentStep>;

/** `GET /api/deployer/deployments/:model/:version`. */
export const DeploymentView = z.strictObject({
  runId: z.string(),
  model: z.string(),
  version: z.number().int().positive(),
  state: DeploymentState,
  /** Counts from 1; absent from a deployer of before it was told. */
  attempt: z.number().int().positive().optional(),
  /** Who asked for what it does; null where nobody has. */
  requestedBy: z.string().nullable().optional(),
  /** States of this attempt, in order; empty for one that began before they were kept. */
  steps: z.array(DeploymentStep),
  percent: z.number().int().min(0).max(100),
  error: z.string().nullable(),
  samples: z.array(Sample),
  /** Empty until they were measured. */
  gates: z.array(Gate),
  /** The version that is live beside a canary. */
  stable: z.number().int().positive().nullable(),
  canary: CanarySettings.nullable(),
  /** Null until a canary has had its requests. */
  verdict: z.enum(["healthy", "unhealthy"]).nullable(),
  /** What is known so far; null without a canary. */
  evidence: CanaryEvidence.nullable(),
  startedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type DeploymentView = z.infer<typeof DeploymentView>;

/** `GET /api/deployer/deployments`: newest first. */
export const DeploymentList = z.strictObject({ deployments: z.array(DeploymentView) });
export type DeploymentList = z.infer<typeof DeploymentList>;

/** `POST /api/deployer/rollouts`: answers with the DeploymentView as it was; 409 where the state does not allow it. */
export const RolloutCommand = z.strictObject({
  action: z.enum(["start", "promote", "abort", "pause", "resume"]),
  model: z.string(),
  version: z.number().int().positive(),
  reason: z.string().min(1).max(500),
  idempotencyKey: z.string().min(1).max(200),
});
export type RolloutCommand = z.infer<typeof RolloutCommand>;

/** `GET /api/inference/routes`: what is served now, with the last minutes' traffic. */
export const RouteList = z.strictObject({
  routes: z.array(
    z.strictObject({
      model: z.string(),
      version: z.number().int().positive(),
      percent: z.number().int().min(0).max(100),
      replicas: z.array(
        z.strictObject({ id: z.string(), state: z.enum(["starting", "ready", "lost"]), slots: count, busy: count }),
      ),
      requestsPerMinute: z.number().nonnegative(),
      /** Null before the first request. */
      timeToFirstTokenP95Ms: z.number().nonnegative().nullable(),
    }),
  ),
});
export type RouteList = z.infer<typeof RouteList>;

/** `GET /api/trainer/runs/:run`: the run that trains now. */
export const LiveTraining = z.strictObject({
  runId: z.string(),
  step: count,
  steps: count,
  generation: count,
  nodes: z.array(NodeActivity),
  changes: z.array(NodeChange),
});
export type LiveTraining = z.infer<typeof LiveTraining>;
