import { type FrontDesk, openFrontDesk } from "./front_desk.ts";
import type { FleetPorts, Served } from "./ports.ts";
import { keepGroup, type ReplicaGroup } from "./replica_group.ts";

/** Time for answers under way when a version goes out of service. */
const RETIRE_GRACE_MS = 60_000;

type VersionKey = Pick<Served, "project" | "model" | "version">;

/** All replicas of this gateway. */
export interface Fleet {
  /** The replicas of a version, started if there are none. Those that are being retired still answer. */
  group(served: Served): Promise<ReplicaGroup>;
  /** As `group`, but starts new ones in place of those that are being retired. */
  load(served: Served): Promise<ReplicaGroup>;
  /** Ends a version's replicas, if there are any, once they have answered what they were asked, or `cut` is aborted. */
  retire(served: VersionKey, cut: AbortSignal): Promise<void>;
  /** What runs of a version, for viewers. */
  find(served: VersionKey): ReplicaGroup | undefined;
  /** All that runs, for viewers. */
  groups(): readonly ReplicaGroup[];
  /** Ends all replicas. */
  close(): Promise<void>;
}

/**
 * Makes a gateway's fleet; its port is opened with the first replica.
 * @param replicas Processes for each version, 1 or more.
 */
export function createFleet(ports: FleetPorts, replicas: number): Fleet {
  const groups = new Map<string, ReplicaGroup>();
  /** Also those that no name leads to any more. */
  const alive = new Set<ReplicaGroup>();
  let desk: Promise<FrontDesk> | undefined;
  let closed = false;

  async function load(served: Served): Promise<ReplicaGroup> {
    desk ??= openFrontDesk(ports);
    const opened = await desk;
    const key = keyOf(served);
    if (closed) throw new Error(`starting a replica of ${key}: the gateway stops`);
    const found = groups.get(key);
    if (found?.isClosing === false && found.served.package.sha256 === served.package.sha256) return found;
    const made = keepGroup(served, replicas, opened, ports);
    groups.set(key, made);
    alive.add(made);
    // Under a version's name there is one package; another one comes from an attempt that packaged it anew.
    if (found?.isClosing === false) void end(found, AbortSignal.timeout(RETIRE_GRACE_MS));
    return made;
  }

  async function end(group: ReplicaGroup, cut: AbortSignal): Promise<void> {
    await group.close(cut);
    alive.delete(group);
  }

  return {
    load,
    async group(served) {
      const found = groups.get(keyOf(served));
      return found?.isClosing === true ? found : load(served);
    },
    async retire(served, cut) {
      const key = keyOf(served);
      const found = groups.get(key);
      if (found === undefined) return;
      await end(found, AbortSignal.any([cut, AbortSignal.timeout(RETIRE_GRACE_MS)]));
      if (groups.get(key) === found) groups.delete(key);
    },
    find: (served) => groups.get(keyOf(served)),
    groups: () => [...groups.values()],
    async close() {
      closed = true;
      await Promise.all([...alive].map((one) => end(one, AbortSignal.abort())));
      groups.clear();
      (await desk)?.close();
    },
  };
}

function keyOf({ project, model, version }: VersionKey): string {
  return `${project}/${model}@${version}`;
}
