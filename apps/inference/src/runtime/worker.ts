import { HttpError } from "@millrace/service";
import { type Worker, workerOf } from "@millrace/service/worker";
import { NO_FLEET } from "../gateway/no_fleet.ts";
import { createInference } from "../service.ts";

/** The gateway without replicas: it lists, checks and refuses as on Node; what wants a token is answered with 503. */
const worker: Worker = workerOf("inference", ({ openPorts, access, metrics, now }) =>
  createInference(openPorts, access, {
    fleet: NO_FLEET,
    // Templates are hostile code, and are rendered in a process of their own.
    async render() {
      throw new HttpError(503, "model_unavailable", "rendering a chat template: this gateway can start no process");
    },
    metrics,
    gateway: "worker",
    now,
  }),
);
export default worker;
