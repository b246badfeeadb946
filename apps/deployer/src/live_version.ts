import { ArtifactRef } from "@millrace/contracts";
import type { Peers } from "@millrace/service";
import { z } from "zod";

/** The part of the registry's answer that counts here. */
const LiveVersion = z.object({ version: z.number().int().positive(), package: ArtifactRef.nullable() });

/**
 * Asks the registry which version of a model has all traffic.
 * @returns Undefined if none has.
 * @throws {Error} If the registry does not answer as its contract says: asking again may help.
 */
export async function liveVersion(
  peers: Peers,
  project: string,
  model: string,
  signal: AbortSignal,
): Promise<{ readonly version: number; readonly package: ArtifactRef } | undefined> {
  const path = `/api/registry/models/${encodeURIComponent(model)}/versions/live`;
  const headers = { "millrace-project": project };
  const response = await peers.fetch("registry", new Request(`http://registry${path}`, { headers, signal }));
  if (response.status === 404) return undefined;
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`asking for the live version of ${model}: found status ${response.status}`);
  const live = LiveVersion.parse(body);
  if (live.package === null) throw new Error(`asking for the live version of ${model}: found one without a package`);
  return { version: live.version, package: live.package };
}
