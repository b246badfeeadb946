/** What is named by what is named: manifests lead to shards, packages to graphs. */
import { ArtifactCorruptError, ArtifactNotFoundError, type Artifacts } from "@millrace/artifacts";
import type { NamedArtifacts } from "@millrace/contracts";
import { contentKind } from "./content_kind.ts";

const HEAD_BYTES = 64 * 1024;
/** An address, and the type where it stands in an ArtifactRef as services write them. */
const ADDRESS = /([0-9a-f]{64})"(?:,"sizeBytes":\d+,"mediaType":"([^"]{1,200})")?/g;

/**
 * Follows addresses through the JSON that they lead to. What does not say of which type it is is looked at.
 * @param stored What there is, by address: anything else that looks like an address is none.
 * @returns Addresses of what is needed.
 */
export async function reachable(
  artifacts: Artifacts,
  stored: ReadonlyMap<string, unknown>,
  named: Iterable<NamedArtifacts["artifacts"][number]>,
): Promise<ReadonlySet<string>> {
  const reached = new Set<string>();
  const waiting = [...named];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { sha256, mediaType } = next;
    if (reached.has(sha256) || !stored.has(sha256)) continue;
    reached.add(sha256);
    if (!(await isJson(artifacts, sha256, mediaType))) continue;
    for (const [, address = "", type = null] of (await textOf(artifacts, sha256)).matchAll(ADDRESS)) {
      waiting.push({ sha256: address, mediaType: type });
    }
  }
  return reached;
}

async function isJson(artifacts: Artifacts, sha256: string, mediaType: string | null): Promise<boolean> {
  if (mediaType !== null) return mediaType === "application/json";
  return (await kindOf(artifacts, sha256)) === "JSON";
}

/** What an artifact looks like; `broken` where its bytes are not what its address says. */
export async function kindOf(artifacts: Artifacts, sha256: string): Promise<string> {
  try {
    return contentKind(await artifacts.range(sha256, 0, HEAD_BYTES));
  } catch (error) {
    if (error instanceof ArtifactCorruptError) return "broken";
    // Whoever stored it deletes it at the same time.
    if (error instanceof ArtifactNotFoundError) return "other";
    throw error;
  }
}

/** @throws {ArtifactCorruptError} Where nobody can tell what is needed nothing may go. */
async function textOf(artifacts: Artifacts, sha256: string): Promise<string> {
  return new TextDecoder().decode(await artifacts.bytes(sha256));
}
