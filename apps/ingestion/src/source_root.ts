import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, SourcePlan } from "@millrace/contracts";
import { readJson } from "./json_artifacts.ts";

/** Most roots that are kept; the oldest goes first. */
const MOST_ROOTS = 100;

/**
 * Tells where the sources of plans lie. A plan names every file and never changes, so it is read once.
 * @returns Takes a stored plan, and throws as reading it does.
 */
export function sourceRoots(): (artifacts: Pick<Artifacts, "bytes">, plan: ArtifactRef) => Promise<string> {
  const roots = new Map<string, string>();
  return async (artifacts, plan) => {
    const known = roots.get(plan.sha256);
    if (known !== undefined) return known;
    const { root } = await readJson(artifacts, plan, SourcePlan);
    roots.set(plan.sha256, root);
    for (const oldest of roots.keys()) if (roots.size > MOST_ROOTS) roots.delete(oldest);
    return root;
  };
}
