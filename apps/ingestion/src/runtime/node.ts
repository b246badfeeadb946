import type { Recipe } from "@millrace/contracts";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { nodeFiles } from "../adapters/node_files.ts";
import { cutShards, type ListedSources, listSources as list } from "../list_sources.ts";
import { createIngestion } from "../service.ts";

/** Ingestion with documents on this machine's disk. */
export function onNode({ openPorts, access, sourcesFolder }: NodeRuntime): NodeService {
  return { service: createIngestion(openPorts, access, { files: nodeFiles(sourcesFolder) }) };
}

/** The sources of a recipe as a run would find them now, and how many shards it would make of them; no file is read. */
export async function listSources(recipe: Recipe): Promise<ListedSources & { readonly shards: number }> {
  const listed = await list(recipe, nodeFiles());
  return { ...listed, shards: cutShards(listed.files).length };
}
