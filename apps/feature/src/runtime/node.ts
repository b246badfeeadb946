import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createFeature } from "../service.ts";

/** Feature needs nothing of Node but what every service is given. */
export function onNode({ openPorts, access }: NodeRuntime): NodeService {
  return { service: createFeature(openPorts, access) };
}
