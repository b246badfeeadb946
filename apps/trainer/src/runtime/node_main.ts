import { modelReplicas } from "./model_replicas.ts";
import { startNode } from "./start_node.ts";

await startNode(modelReplicas);
