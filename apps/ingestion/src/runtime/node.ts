import type { Recipe, SourcePlan } from "@millrace/contracts";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { nodeFiles } from "../adapters/node_files.ts";
import { planSources as plan } from "../plan_sources.ts";
import { createIngestion } from "../service.ts";

/** Ingestion with documents on this machine's disk. */
export function onNode({ openPorts, access }: NodeRuntime): NodeService {
  return { service: createIngestion(openPorts, access, { files: nodeFiles() }) };
}

/** The source list of a recipe as a run would freeze it now; nothing is stored. */
export function planSources(recipe: Recipe): Promise<SourcePlan> {
  return plan(recipe, nodeFiles(), async () => {});
}
