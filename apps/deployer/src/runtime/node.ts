import type { Executor } from "@millrace/execution";
import { openExecutor } from "@millrace/execution/open";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createDeployer } from "../service.ts";

/** Deployer measures versions with ONNX Runtime, which is loaded when the first one comes. */
export function onNode({ openPorts, access, log }: NodeRuntime): NodeService {
  let opened: Promise<Executor> | undefined;
  const executor = (): Promise<Executor> => (opened ??= openExecutor((message) => log.warn(message)));
  return {
    service: createDeployer(openPorts, access, executor),
    stop: async () => (await opened)?.close(),
  };
}
