import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { FindWebGpu, WebGpuFinding } from "../training_device.ts";
import type { NodesRequest } from "../trainer_options.ts";
import type { Worker, WorkerPool } from "./worker_pool.ts";

/** How long a run leaves a worker alone whose node ended before the run did: it may have too little memory, or compute differently. */
const REST_MS = 60_000;

/** The machine of the trainer. */
export interface OwnMachine {
  /** Starts a node on it. */
  readonly spawnNode: CoordinatorPorts["spawnNode"];
  readonly findWebGpu: FindWebGpu;
}

/**
 * Starts each node of a run on a worker that has none, and on this machine where there is no such worker. On a graphics card only where there
 * is one: a node waits for a worker with a card if this machine has none.
 * @param now Milliseconds from any fixed origin.
 */
export function placeNodes(
  pool: WorkerPool,
  { device, leafThreads, log }: NodesRequest,
  own: OwnMachine,
  now: () => number,
): CoordinatorPorts["spawnNode"] {
  const restsUntilMs = new Map<string, number>();
  const computes = (finding: WebGpuFinding): boolean => device === "cpu" || "name" in finding;
  const suits = ({ name, webGpu }: Worker): boolean =>
    computes(webGpu) && (restsUntilMs.get(name) ?? -Infinity) <= now();

  function startOn(worker: Worker, ...[name, address]: Parameters<typeof own.spawnNode>): NodeHandle {
    log(`node "${name}" runs on worker "${worker.name}"`);
    const handle = worker.start({ name, ...address, device, leafThreads }, log);
    void handle.exited.then(() => restsUntilMs.set(worker.name, now() + REST_MS));
    return handle;
  }

  return (name, address) => {
    let handle: NodeHandle | undefined;
    const dismissal = new AbortController();
    const dismissed = new Promise<void>((resolve) => dismissal.signal.addEventListener("abort", () => resolve()));

    async function run(): Promise<string> {
      await pool.settled;
      const runsHere = device === "cpu" || computes(await own.findWebGpu());
      while (!dismissal.signal.aborted) {
        const freed = pool.freed();
        const worker = pool.idle().find(suits);
        if (worker !== undefined) handle = startOn(worker, name, address);
        else if (runsHere) {
          log(`node "${name}" runs on the trainer's machine: no worker of ${pool.workers.length} is free`);
          handle = own.spawnNode(name, address);
        }
        if (handle !== undefined) return handle.exited;
        log(`node "${name}" waits for a worker with a graphics card: none of ${pool.workers.length} is free`);
        await Promise.race([freed, dismissed]);
      }
      return "it was no longer wanted";
    }

    return {
      exited: run(),
      kill() {
        dismissal.abort();
        handle?.kill();
      },
    };
  };
}

function isHardware(finding: WebGpuFinding): boolean {
  return "isHardware" in finding && finding.isHardware;
}

/** Tries WebGPU on the trainer's machine, then asks its workers: what one of them has is enough to train on. */
export function findWebGpuAmong(pool: WorkerPool, own: FindWebGpu): FindWebGpu {
  return async () => {
    const here = await own();
    await pool.settled;
    const found = [here, ...pool.workers.map(({ webGpu }) => webGpu)];
    return found.find(isHardware) ?? found.find((finding) => "name" in finding) ?? here;
  };
}
