import { z } from "zod";

/** Lower-case hexadecimal SHA-256. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: "expected 64 lower-case hexadecimal digits" });

/** A claim check: the address of an artifact's plaintext in the project's artifact store, never its content. */
export const ArtifactRef = z.strictObject({
  sha256: Sha256,
  sizeBytes: z.number().int().nonnegative(),
  mediaType: z.string().min(1).max(200),
});
export type ArtifactRef = z.infer<typeof ArtifactRef>;
