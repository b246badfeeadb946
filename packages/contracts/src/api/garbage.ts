/** Which artifacts are needed, as each service tells it, and the removal of those that nobody needs. */
import { z } from "zod";
import { Sha256 } from "../artifact.ts";

const count = z.number().int().nonnegative();

/**
 * `GET /api/<service>/named-artifacts`, admins and services only: every address that the service's rows and unfinished jobs name in this
 * project. Some may be hashes of other things.
 */
export const NamedArtifacts = z.strictObject({
  artifacts: z.array(z.strictObject({ sha256: Sha256, mediaType: z.string().nullable() })),
  /** When the oldest unfinished work began, milliseconds since 1970: what is younger may not be named yet. Null: there is none. */
  workingSinceMs: z.number().nullable(),
});
export type NamedArtifacts = z.infer<typeof NamedArtifacts>;

/** `POST /api/automation/garbage`, admins only. */
export const CollectGarbage = z.strictObject({
  /** Only tell what would go. */
  dryRun: z.boolean(),
  /** What was stored in the last so many seconds stays. Less than a day only where nobody starts anything meanwhile. */
  graceSeconds: count.default(86_400),
});
export type CollectGarbage = z.infer<typeof CollectGarbage>;

const amount = { artifacts: count, bytes: count };
export const GarbageReport = z.strictObject({
  /** Named by a row, by a job, or by an artifact that is named. */
  needed: z.strictObject(amount),
  /** Named by nobody, and too young to go. */
  young: z.strictObject(amount),
  /** What goes, or went, by what it looks like; most bytes first. */
  garbage: z.array(z.strictObject({ kind: z.string(), ...amount })),
  deleted: z.boolean(),
  /** There is more than one request deletes. */
  more: z.boolean(),
});
export type GarbageReport = z.infer<typeof GarbageReport>;
