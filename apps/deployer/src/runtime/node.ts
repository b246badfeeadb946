import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createDeployer } from "../service.ts";

/** Deployer needs nothing of Node but what every service is given. */
export function onNode({ openPorts, access }: NodeRuntime): NodeService {
  return { service: createDeployer(openPorts, access) };
}
