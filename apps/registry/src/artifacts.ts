import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { knownArtifacts } from "./tables.ts";

/** Notes artifacts as belonging to registered things. */
export async function knowArtifacts(db: Queries, project: string, refs: readonly ArtifactRef[]): Promise<void> {
  await db
    .insert(knownArtifacts)
    .values(refs.map((ref) => ({ project, ...ref })))
    .onConflictDoNothing();
}

/**
 * Reads artifacts from end to end, so that their hashes are checked.
 * @returns What is wrong with the first bad one; undefined when all are there and whole.
 */
export async function verifyArtifacts(
  artifacts: Artifacts,
  named: Readonly<Record<string, ArtifactRef>>,
): Promise<string | undefined> {
  for (const [name, ref] of Object.entries(named)) {
    let sizeBytes = 0;
    try {
      for await (const chunk of await artifacts.stream(ref.sha256)) sizeBytes += chunk.length;
    } catch (error) {
      return `verifying the ${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (sizeBytes !== ref.sizeBytes) {
      return `verifying the ${name} ${ref.sha256}: found ${sizeBytes} bytes, wanted ${ref.sizeBytes}`;
    }
  }
  return undefined;
}
