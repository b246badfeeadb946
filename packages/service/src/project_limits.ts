import { type ProjectLimits, ProjectView } from "@millrace/contracts";
import { remembering } from "./memory.ts";
import type { Peers } from "./ports.ts";
import { UnreachableError } from "./peers.ts";

/** What a project may use at most. */
export type LimitsOf = (project: string) => Promise<ProjectLimits>;

/** A limit that was changed counts everywhere after this time in ms at most. */
const LIMITS_MEMORY_MS = 3000;

/**
 * Asks the registry.
 * @param now Milliseconds since 1970.
 * @throws {UnreachableError} From each question, when the registry does not answer.
 */
export function registryLimits(peers: Peers, now: () => number): LimitsOf {
  return remembering(
    async (project) => {
      const headers = { "millrace-project": project };
      const request = new Request(`http://registry/api/registry/projects/${project}`, { headers });
      const answer = await peers.fetch("registry", request);
      if (!answer.ok) {
        throw new UnreachableError(`asking for the limits of ${project}: the registry answered ${answer.status}`);
      }
      return ProjectView.parse(await answer.json()).limits;
    },
    LIMITS_MEMORY_MS,
    now,
  );
}
