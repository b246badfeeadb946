import { type FrontDesk, openFrontDesk } from "./front_desk.ts";
import { type Keeper, keepReplica } from "./keeper.ts";
import type { FleetPorts, Served } from "./ports.ts";

/** All replicas of this gateway. */
export interface Fleet {
  /** The replica of a version, started if there is none. */
  keeper(served: Served): Promise<Keeper>;
  /** Ends a version's replica, if there is one. */
  retire(served: Pick<Served, "project" | "model" | "version">): Promise<void>;
  /** What runs, for viewers. */
  find(served: Pick<Served, "project" | "model" | "version">): Keeper | undefined;
  /** Ends all replicas. */
  close(): Promise<void>;
}

/** Makes a gateway's fleet; its port is opened with the first replica. */
export function createFleet(ports: FleetPorts): Fleet {
  const keepers = new Map<string, Keeper>();
  let desk: Promise<FrontDesk> | undefined;
  let closed = false;

  async function keeper(served: Served): Promise<Keeper> {
    desk ??= openFrontDesk(ports);
    const opened = await desk;
    if (closed) throw new Error(`starting a replica of ${keyOf(served)}: the gateway stops`);
    const key = keyOf(served);
    const found = keepers.get(key);
    if (found?.served.package.sha256 === served.package.sha256) return found;
    const made = keepReplica(served, opened, ports);
    keepers.set(key, made);
    // Under a version's name there is one package; another one comes from an attempt that packaged it anew.
    await found?.stop();
    return made;
  }

  return {
    keeper,
    async retire(served) {
      const key = keyOf(served);
      const found = keepers.get(key);
      keepers.delete(key);
      await found?.stop();
    },
    find: (served) => keepers.get(keyOf(served)),
    async close() {
      closed = true;
      await Promise.all([...keepers.values()].map((one) => one.stop()));
      keepers.clear();
      (await desk)?.close();
    },
  };
}

function keyOf({ project, model, version }: Pick<Served, "project" | "model" | "version">): string {
  return `${project}/${model}@${version}`;
}
