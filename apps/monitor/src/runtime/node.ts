import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createMonitor } from "../service.ts";

/** Monitor needs nothing of Node but what every service is given. */
export function onNode({ openPorts, access }: NodeRuntime): NodeService {
  return { service: createMonitor(openPorts, access) };
}
