import { type Worker, workerOf } from "@millrace/service/worker";
import { createPassingGateway } from "../passing_gateway.ts";
import { upstreamSetting } from "./upstream_setting.ts";

/** The gateway without replicas, which are child processes that dial in: an isolate can neither start nor hear them. */
const worker: Worker = workerOf("inference", ({ openPorts, access }, bindings) =>
  createPassingGateway(openPorts, access, upstreamSetting(bindings)),
);
export default worker;
