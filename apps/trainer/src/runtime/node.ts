import { join } from "node:path";
import { listenTcp } from "@millrace/collective/tcp";
import { gauge } from "@millrace/service";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import type { CoordinatorPorts } from "../coordinator/ports.ts";
import { createTrainer } from "../service.ts";
import { trainingMeters } from "../training_metrics.ts";
import { placeNodes } from "../workers/place_nodes.ts";
import { openWorkerPool, type WorkerPool } from "../workers/worker_pool.ts";
import { findArithmetic } from "./arithmetic_process.ts";
import { measureInProcess } from "./measure_process.ts";
import { processNodes } from "./supervisor.ts";
import { tensorboardFiles } from "./tensorboard_files.ts";
import { findWebGpuInProcess } from "./webgpu_process.ts";
import { sha256 } from "./sha256.ts";

const WORKERS = gauge({ name: "millrace_workers", help: "Machines that lend themselves to the trainer.", labels: [] });

/** On Node, evaluations are child processes, and so are trainer nodes, on workers or on this machine. */
export function onNode(runtime: NodeRuntime): NodeService {
  const { openPorts, access, clusterSecret: secret, scratchFolder, log, metrics, now, workersAt } = runtime;
  let pool: WorkerPool | undefined;
  const service = createTrainer(openPorts, access, {
    listen: listenTcp,
    hash: sha256,
    clusterSecret: secret,
    ...(workersAt && { host: workersAt.host }),
    nodesFor(request) {
      const { nodes } = request;
      const here = (nodes: number): CoordinatorPorts["spawnNode"] =>
        processNodes({ ...request, nodes, secret, ...(workersAt && { host: workersAt.host }) });
      // A card is this machine's.
      return pool === undefined || request.device !== "cpu" ? here(nodes) : placeNodes(pool, request, here, now);
    },
    meter: trainingMeters(metrics),
    curves: tensorboardFiles({ folder: join(scratchFolder, "tensorboard"), log, now }),
    findWebGpu: findWebGpuInProcess,
    measure: measureInProcess((line) => log.info(line)),
  });
  if (workersAt === undefined) return { service };
  return {
    service,
    async start() {
      const fingerprint = await findArithmetic();
      const ports = { listen: listenTcp, secret, fingerprint, log: (message: string) => log.info(message) };
      const opened = await openWorkerPool({ ...workersAt, ...ports });
      metrics.collect(WORKERS, () => [{ labels: {}, value: opened.workers.length }]);
      pool = opened;
    },
    stop() {
      pool?.close();
      return Promise.resolve();
    },
  };
}
