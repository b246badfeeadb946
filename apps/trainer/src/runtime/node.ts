import { listenTcp } from "@millrace/collective/tcp";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createTrainer } from "../service.ts";
import { trainingMeters } from "../training_metrics.ts";
import { measureInProcess } from "./measure_process.ts";
import { processNodes } from "./supervisor.ts";

/** On Node, trainer nodes and evaluations are child processes. */
export function onNode({ openPorts, access, clusterSecret: secret, log, metrics }: NodeRuntime): NodeService {
  const service = createTrainer(openPorts, access, {
    listen: listenTcp,
    clusterSecret: secret,
    nodesFor: (request) => processNodes({ ...request, secret }),
    meter: trainingMeters(metrics),
    measure: measureInProcess((line) => log.info(line)),
  });
  return { service };
}
