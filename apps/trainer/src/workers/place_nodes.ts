import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { NodesRequest } from "../trainer_options.ts";
import type { Worker, WorkerPool } from "./worker_pool.ts";

/** How long a run leaves a worker alone whose node ended before the run did: it may have too little memory, or compute differently. */
const REST_MS = 60_000;

/**
 * Starts each node of a run on a worker that has none, and on this machine where there is no such worker.
 * @param here Starts a node on this machine.
 * @param now Milliseconds from any fixed origin.
 */
export function placeNodes(
  pool: WorkerPool,
  { device, leafThreads, log }: NodesRequest,
  here: CoordinatorPorts["spawnNode"],
  now: () => number,
): CoordinatorPorts["spawnNode"] {
  const restsUntilMs = new Map<string, number>();
  const isRested = ({ name }: Worker): boolean => (restsUntilMs.get(name) ?? -Infinity) <= now();

  function placed(name: string, address: Parameters<typeof here>[1]): NodeHandle {
    const worker = pool.idle().find(isRested);
    if (worker === undefined) {
      log(`node "${name}" runs on the trainer's machine: no worker of ${pool.size} is free`);
      return here(name, address);
    }
    log(`node "${name}" runs on worker "${worker.name}"`);
    const handle = worker.start({ name, ...address, device, leafThreads }, log);
    void handle.exited.then(() => restsUntilMs.set(worker.name, now() + REST_MS));
    return handle;
  }

  return (name, address) => {
    let handle: NodeHandle | undefined;
    let isWanted = true;
    const exited = pool.settled.then(() => {
      if (!isWanted) return "it was no longer wanted";
      handle = placed(name, address);
      return handle.exited;
    });
    return {
      exited,
      kill() {
        isWanted = false;
        handle?.kill();
      },
    };
  };
}
