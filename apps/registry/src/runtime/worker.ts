import { type Worker, workerOf } from "@millrace/service/worker";
import { createRegistry } from "../service.ts";

const worker: Worker = workerOf("registry", ({ openPorts, access }) => createRegistry(openPorts, access));
export default worker;
