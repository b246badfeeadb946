import { join } from "node:path";
import { listenTcp } from "@millrace/collective/tcp";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createTrainer } from "../service.ts";
import { trainingMeters } from "../training_metrics.ts";
import { measureInProcess } from "./measure_process.ts";
import { processNodes } from "./supervisor.ts";
import { tensorboardFiles } from "./tensorboard_files.ts";
import { findWebGpuInProcess } from "./webgpu_process.ts";

/** On Node, trainer nodes and evaluations are child processes. */
export function onNode(runtime: NodeRuntime): NodeService {
  const { openPorts, access, clusterSecret: secret, scratchFolder, log, metrics, now } = runtime;
  const service = createTrainer(openPorts, access, {
    listen: listenTcp,
    clusterSecret: secret,
    nodesFor: (request) => processNodes({ ...request, secret }),
    meter: trainingMeters(metrics),
    curves: tensorboardFiles({ folder: join(scratchFolder, "tensorboard"), log, now }),
    findWebGpu: findWebGpuInProcess,
    measure: measureInProcess((line) => log.info(line)),
  });
  return { service };
}
