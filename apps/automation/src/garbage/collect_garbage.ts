/**
 * Marks what is needed and sweeps the rest. All services are asked, and without the answer of one nothing goes. What was listed before
 * they were asked can go; what is younger than the grace period, or than the oldest run or job that has not ended, stays: it may not be
 * named yet.
 */
import type { Artifacts } from "@millrace/artifacts";
import type { CollectGarbage, GarbageReport, NamedArtifacts } from "@millrace/contracts";
import { kindOf, reachable } from "./reachable.ts";

/** Most that one request deletes. */
const MOST_DELETED = 5000;

export interface GarbageWork {
  readonly artifacts: Artifacts;
  /** Asks everybody who may name artifacts. */
  named(): Promise<readonly NamedArtifacts[]>;
  readonly nowMs: number;
}

/** Deletes what nobody needs, or tells what that is. */
export async function collectGarbage(
  { artifacts, named, nowMs }: GarbageWork,
  { dryRun, graceSeconds }: CollectGarbage,
): Promise<GarbageReport> {
  const stored = new Map<string, { readonly sizeBytes: number; readonly storedAtMs: number }>();
  for await (const { sha256, ...facts } of artifacts.list()) stored.set(sha256, facts);
  const answers = await named();
  const reached = await reachable(
    artifacts,
    stored,
    answers.flatMap((answer) => answer.artifacts),
  );
  const working = answers.flatMap(({ workingSinceMs }) => (workingSinceMs === null ? [] : [workingSinceMs]));
  const beforeMs = Math.min(nowMs - graceSeconds * 1000, ...working);
  const [needed, young] = [noAmount(), noAmount()];
  const byKind = new Map<string, Amount>();
  let deletions = 0;
  let more = false;
  for (const [sha256, { sizeBytes, storedAtMs }] of stored) {
    if (reached.has(sha256)) {
      add(needed, sizeBytes);
    } else if (storedAtMs >= beforeMs) {
      add(young, sizeBytes);
    } else if (!dryRun && deletions >= MOST_DELETED) {
      more = true;
    } else {
      const kind = await kindOf(artifacts, sha256);
      if (!dryRun && !(await artifacts.deleteOlder(sha256, beforeMs))) {
        add(young, sizeBytes);
        continue;
      }
      deletions += 1;
      const amount = byKind.get(kind) ?? noAmount();
      byKind.set(kind, amount);
      add(amount, sizeBytes);
    }
  }
  const garbage = [...byKind].map(([kind, amount]) => ({ kind, ...amount }));
  garbage.sort((left, right) => right.bytes - left.bytes || (left.kind < right.kind ? -1 : 1));
  return { needed, young, garbage, deleted: !dryRun, more };
}

interface Amount {
  artifacts: number;
  bytes: number;
}

function noAmount(): Amount {
  return { artifacts: 0, bytes: 0 };
}

function add(amount: Amount, bytes: number): void {
  amount.artifacts += 1;
  amount.bytes += bytes;
}
