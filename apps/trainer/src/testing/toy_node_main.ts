import { startNode } from "../runtime/start_node.ts";
import { toyReplicas } from "./toy_replicas.ts";

await startNode(() =>
  Promise.resolve(toyReplicas(process.env["TOY_PROBE"] ?? "same", Number(process.env["TOY_SLOWNESS"] ?? 1))),
);
