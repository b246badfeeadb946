import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { NodesRequest } from "../trainer_options.ts";
import type { Worker, WorkerPool } from "./worker_pool.ts";

/** How long a run leaves a worker alone whose node ended before the run did: it may have too little memory. */
const REST_MS = 60_000;

/**
 * Starts each node of a run on a worker that has none, and on this machine where there is no such worker.
 * @param here Starts nodes on this machine, told how many share it.
 * @param now Milliseconds from any fixed origin.
 */
export function placeNodes(
  pool: WorkerPool,
  { nodes, leafThreads, log }: Omit<NodesRequest, "device">,
  here: (nodes: number) => CoordinatorPorts["spawnNode"],
  now: () => number,
): CoordinatorPorts["spawnNode"] {
  const restsUntilMs = new Map<string, number>();
  const isRested = ({ name }: Worker): boolean => (restsUntilMs.get(name) ?? -Infinity) <= now();
  let elsewhere = 0;

  function startOn(worker: Worker, ...[name, address]: Parameters<CoordinatorPorts["spawnNode"]>): NodeHandle {
    log(`node "${name}" runs on worker "${worker.name}"`);
    elsewhere++;
    const handle = worker.start({ name, ...address, leafThreads }, log);
    void handle.exited.then(() => {
      elsewhere--;
      // One whose link was lost is as good as before when it is back.
      if (pool.workers.includes(worker)) restsUntilMs.set(worker.name, now() + REST_MS);
    });
    return handle;
  }

  return (name, address) => {
    const dismissal = new AbortController();
    const dismissed = new Promise<void>((resolve) => dismissal.signal.addEventListener("abort", () => resolve()));
    let handle: NodeHandle | undefined;

    async function run(): Promise<string> {
      while (!dismissal.signal.aborted) {
        const changed = pool.changed();
        const worker = pool.idle().find(isRested);
        if (worker !== undefined) handle = startOn(worker, name, address);
        else if (pool.isSettled) {
          log(`node "${name}" runs on the trainer's machine: no worker of ${pool.workers.length} is free`);
          handle = here(Math.max(1, nodes - elsewhere))(name, address);
        }
        if (handle !== undefined) return handle.exited;
        await Promise.race([changed, dismissed]);
      }
      return "it was no longer wanted";
    }

    return {
      exited: run().catch((error: Error) => `cannot be started: ${error.message}`),
      kill() {
        dismissal.abort();
        handle?.kill();
      },
    };
  };
}
