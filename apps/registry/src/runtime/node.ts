import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createRegistry } from "../service.ts";

/** Registry needs nothing of Node but what every service is given, and who makes backups. */
export function onNode({ openPorts, access, backUp }: NodeRuntime): NodeService {
  return { service: createRegistry(openPorts, access, backUp) };
}
