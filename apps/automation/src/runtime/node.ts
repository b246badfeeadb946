import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createAutomation } from "../service.ts";

/** Automation needs nothing of Node but what every service is given. */
export function onNode({ openPorts, access, publicAddress }: NodeRuntime): NodeService {
  return { service: createAutomation(openPorts, access, { endpoint: () => `${publicAddress()}/v1` }) };
}
