import { z } from "zod";

const count = z.int().nonnegative();
const arms = <Schema extends z.ZodType>(schema: Schema) => z.strictObject({ canary: schema, stable: schema });

/** What a canary is judged by, beside the version that is live. */
export const CanaryEvidence = z.strictObject({
  /** Requests that ended since the canary began, synthetic ones among them. */
  requests: arms(count),
  synthetic: arms(count),
  errors: arms(count),
  /** Median time to the first token; null without a request. */
  firstTokenP50Ms: arms(z.number().nonnegative().nullable()),
  reason: z.string().max(500),
});
export type CanaryEvidence = z.infer<typeof CanaryEvidence>;

/** How a canary is tried. */
export const CanarySettings = z.strictObject({
  /** Part of the traffic. */
  percent: z.int().min(1).max(99),
  /** Requests to judge it by. */
  requests: z.int().min(10).max(100_000),
  /** Time that real requests are waited for before validation text stands in. */
  waitSeconds: z.int().min(0).max(86_400),
});
export type CanarySettings = z.infer<typeof CanarySettings>;

/** Where a version stands on its way to all traffic. */
export const DeploymentState = z.enum([
  "packaging",
  "gating",
  "loading",
  "smoke",
  /** Answers, and waits for the command to go on. */
  "ready",
  "canary",
  "paused",
  /** Protected: a second person must agree before it gets all traffic. */
  "awaiting_approval",
  "routing",
  "live",
  /** Was live until another version took all traffic. */
  "superseded",
  "rolled_back",
  "failed",
  "cancelled",
]);
export type DeploymentState = z.infer<typeof DeploymentState>;
