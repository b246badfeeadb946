import { z } from "zod";

/** A project: the tenant that every row, subject, artifact, key and metric belongs to. Fits a subject token and a folder name. */
export const ProjectName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, {
  error: "expected 1 to 40 of a-z, 0-9 and -, not at either end",
});
export type ProjectName = z.infer<typeof ProjectName>;

export const DEFAULT_PROJECT = "default";
