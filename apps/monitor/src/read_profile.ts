import { ArtifactNotFoundError, type Artifacts } from "@millrace/artifacts";
import { corpusProfileSchema, profileFeatures } from "@millrace/features";
import type { KnownProfile } from "./watch/judge_window.ts";

/**
 * Reads what prompts are held against; no features if the profile is of a former format.
 * @returns Undefined if the profile is gone.
 * @throws If the store cannot be reached, or what it has is no profile.
 */
export async function readProfile(artifacts: Artifacts, sha256: string): Promise<KnownProfile | undefined> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(await artifacts.bytes(sha256)));
    return { sha256, features: profileFeatures(corpusProfileSchema.parse(json)) };
  } catch (error) {
    if (error instanceof ArtifactNotFoundError) return undefined;
    throw error;
  }
}
