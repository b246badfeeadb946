/** Values that the catalogue's examples share, so that they tell one story. */
import type { ArtifactRef } from "../artifact.ts";

export const EXAMPLE_RUN = "run-2f6c1f0e";
export const EXAMPLE_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export function exampleArtifact(mediaType: string): ArtifactRef {
  return { sha256: EXAMPLE_SHA256, sizeBytes: 4096, mediaType };
}

export const EXAMPLE_REPORT = {
  sources: 12,
  read: 40,
  kept: 31,
  duplicates: 4,
  quarantined: 1,
  dropped: { too_short: 4 },
  redactions: { EMAIL_ADDRESS: 3 },
  bytes: {
    sources: 90_000,
    read: 80_000,
    kept: 70_000,
    duplicates: 6_000,
    quarantined: 2_000,
    dropped: { too_short: 2_000 },
  },
  languages: { en: 31 },
};
