/** `/api/deployer`, `/api/inference`, `/api/trainer`. */
import { z } from "zod";
import { NodeActivity, NodeChange } from "../formats/metrics.ts";
import { Gate } from "../formats/model.ts";
import { Sample } from "../summary.ts";

const count = z.number().int().nonnegative();

/** `GET /api/deployer/deployments`. */
export const DeploymentList = z.strictObject({
  deployments: z.array(
    z.strictObject({
      runId: z.string(),
      model: z.string(),
      version: z.number().int().positive(),
      state: z.enum(["packaging", "gating", "loading", "smoke", "routing", "live", "failed", "cancelled"]),
      percent: z.number().int().min(0).max(100),
      error: z.string().nullable(),
      samples: z.array(Sample),
      /** Empty until they were measured. */
      gates: z.array(Gate),
      startedAt: z.iso.datetime(),
      updatedAt: z.iso.datetime(),
    }),
  ),
});
export type DeploymentList = z.infer<typeof DeploymentList>;

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
