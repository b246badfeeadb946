import { z } from "zod";
import { Sha256 } from "../artifact.ts";
import { SkippedFiles } from "./skipped_files.ts";

/** The frozen list of sources of a run, cut into shards before anything is read: counts and order depend on nothing else. */
export const SourcePlan = z.strictObject({
  version: z.literal(1),
  /** Folder that paths are relative to; never leaves the machine that reads it. */
  root: z.string(),
  /** Sorted by path, compared as bytes. */
  sources: z.array(
    z.strictObject({
      path: z.string(),
      sizeBytes: z.number().int().nonnegative(),
      /** Hash of the file as it was when the list was frozen; a file that changed since is quarantined. */
      sha256: Sha256,
      licence: z.string().optional(),
    }),
  ),
  /** Files that were never read: too large, unreadable, changed. */
  quarantined: z.array(z.strictObject({ path: z.string(), reason: z.string(), detail: z.string() })),
  /** Absent: nothing was, or the plan is of before it was counted. */
  skipped: SkippedFiles.optional(),
  /** Half-open ranges of `sources`. */
  shards: z.array(z.strictObject({ from: z.number().int().nonnegative(), to: z.number().int().positive() })),
});
export type SourcePlan = z.infer<typeof SourcePlan>;
