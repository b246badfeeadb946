import { Protection } from "@millrace/contracts";
import type { Peers } from "@millrace/service";

/** The alias of the version that all traffic goes to. */
const LIVE = "live";

/**
 * Most of the traffic, in percent, that a version of a protected model gets before a second person has approved. One person alone can bring
 * it so far: four of five answers stay those of a version that was approved, and a canary still hears enough to be judged by.
 */
export const MOST_UNAPPROVED_PERCENT = 20;

/**
 * Asks the registry whether giving a version of the model all traffic takes the approval of a second person.
 * @throws {Error} If the registry does not answer as its contract says: asking again may help.
 */
export async function isProtected(peers: Peers, project: string, model: string, signal: AbortSignal): Promise<boolean> {
  const path = `/api/registry/models/${encodeURIComponent(model)}/protection`;
  const headers = { "millrace-project": project };
  const response = await peers.fetch("registry", new Request(`http://registry${path}`, { headers, signal }));
  if (!response.ok) throw new Error(`asking for the protection of ${model}: found status ${response.status}`);
  return Protection.parse(await response.json()).aliases.includes(LIVE);
}
