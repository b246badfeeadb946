import { availableParallelism } from "node:os";
import type { Recipe } from "@millrace/contracts";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { cleaningThreads } from "../adapters/cleaning_threads.ts";
import { nodeFiles } from "../adapters/node_files.ts";
import { cutShards, type ListedSources, listSources as list } from "../list_sources.ts";
import { createIngestion } from "../service.ts";

/** Each thread holds some 230 MB while it is at work, and all of them wait for one loop that writes. */
const MOST_THREADS = 4;

/** Ingestion with documents on this machine's disk, cleaned in threads. */
export function onNode({ openPorts, access, sourcesFolder }: NodeRuntime): NodeService {
  // One core is left to the loop, which writes what the threads have cleaned and answers requests meanwhile.
  const cleaner = cleaningThreads(Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)));
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
