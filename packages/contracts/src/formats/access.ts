import { z } from "zod";

/** Each role may do what the ones before it may. */
export const ROLES = ["viewer", "operator", "approver", "admin"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** What a key may be used for, whatever its role: looking, documents, runs, roll-outs, completions, administration. */
export const SCOPES = ["read", "ingest", "train", "deploy", "complete", "admin"] as const;
export const Scope = z.enum(SCOPES);
export type Scope = z.infer<typeof Scope>;

const limit = z.int().positive().nullable();

/** What a project may use at most; null where there is no limit. */
export const ProjectLimits = z.strictObject({
  /** Of the artifacts that its runs have made. */
  bytes: limit,
  /** Runs that have not ended. */
  concurrentRuns: limit,
  /** Prompt and completion together, over the last 60 seconds. */
  tokensPerMinute: limit,
});
export type ProjectLimits = z.infer<typeof ProjectLimits>;

/** What is to be changed; limits that are not named stay as they are. */
export const LimitChanges = ProjectLimits.partial();
export type LimitChanges = z.infer<typeof LimitChanges>;

export const NO_LIMITS: ProjectLimits = { bytes: null, concurrentRuns: null, tokensPerMinute: null };
