import { templateProcess } from "@millrace/chat/process";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createFeature } from "../service.ts";

/** Feature on Node, which renders conversations in a process of its own. */
export function onNode({ openPorts, access }: NodeRuntime): NodeService {
  const { render, close } = templateProcess();
  return { service: createFeature(openPorts, access, render), stop: close };
}
