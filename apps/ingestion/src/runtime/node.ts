import { availableParallelism } from "node:os";
import type { Recipe } from "@millrace/contracts";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { cleaningThreads } from "../adapters/cleaning_threads.ts";
import { nodeFiles } from "../adapters/node_files.ts";
import { cutShards, type ListedSources, listSources as list } from "../list_sources.ts";
import { createIngestion } from "../service.ts";

/** More threads than this wait for the database and each other, and each holds some 100 MB. */
const MOST_THREADS = 4;

/** Ingestion with documents on this machine's disk, cleaned in threads. */
export function onNode({ openPorts, access, sourcesFolder }: NodeRuntime): NodeService {
  const cleaner = cleaningThreads(Math.min(MOST_THREADS, availableParallelism()));
  return {
    service: createIngestion(openPorts, access, { files: nodeFiles(sourcesFolder), cleaner }),
    stop: () => cleaner.close(),
  };
}

/** The sources of a recipe as a run would find them now, and how many shards it would make of them; no file is read. */
export async function listSources(recipe: Recipe): Promise<ListedSources & { readonly shards: number }> {
  const listed = await list(recipe, nodeFiles());
  return { ...listed, shards: cutShards(listed.files).length };
}
