import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { BaseModel, Recipe } from "@millrace/contracts";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { baseFolders } from "../adapters/base_folders.ts";
import { cleaningThreads } from "../adapters/cleaning_threads.ts";
import { modelFolder } from "../adapters/model_folder.ts";
import { nodeFiles } from "../adapters/node_files.ts";
import { describeBaseFolder } from "../base/import_base.ts";
import { cutShards, type ListedSources, listSources as list } from "../list_sources.ts";
import { readTask } from "../open_tasks.ts";
import { createIngestion } from "../service.ts";

export { BaseModelError } from "../base/base_folder.ts";
export { UnusableSourceError } from "../unusable_source.ts";

/** Each thread holds some 230 MB while it is at work, and all of them wait for one loop that writes. */
const MOST_THREADS = 4;

/** Of models of a hub: some seven of 7 billion parameters. */
const HUB_CACHE_GB = 100;

/** Ingestion with documents on this machine's disk, cleaned in threads. */
export function onNode({ openPorts, access, sourcesFolder, scratchFolder, log }: NodeRuntime): NodeService {
  // One core is left to the loop, which writes what the threads have cleaned and answers requests meanwhile.
  const cleaner = cleaningThreads(Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1)));
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token, HF_HUB_OFFLINE: offline = "" } = process.env;
  const { MILLRACE_HUB_CACHE_GB: cacheGb = "" } = process.env;
  const bases = baseFolders({
    within: sourcesFolder,
    cacheFolder: join(scratchFolder, "hub"),
    cacheBytes: 1e9 * gigabytesOf(cacheGb),
    endpoint: endpoint || undefined,
    token: token || undefined,
    isOffline: /^(?:1|true|yes|on)$/i.test(offline),
    warn: (message) => log.warn(message),
  });
  return {
    service: createIngestion(openPorts, access, { files: nodeFiles(sourcesFolder), bases, cleaner }),
    stop: () => cleaner.close(),
  };
}

/** @throws {Error} If it is no number of 0 or more. */
function gigabytesOf(written: string): number {
  const given = written === "" ? HUB_CACHE_GB : Number(written);
  if (given >= 0 && given < Infinity) return given;
  throw new Error(`MILLRACE_HUB_CACHE_GB: wanted a number of gigabytes, 0 or more, found "${written}"`);
}

/** The sources of a recipe as a run would find them now, and how many shards it would make of them; no file is read. */
export async function listSources(recipe: Recipe): Promise<ListedSources & { readonly shards: number }> {
  const listed = await list(recipe, nodeFiles());
  return { ...listed, shards: cutShards(listed.files).length };
}

/** What is wrong with the files of a recipe's tasks, a message for each that no run could ask. */
export async function refusedTasks({ evaluation }: Recipe): Promise<string[]> {
  const read = await Promise.all(evaluation.tasks.map((task) => readTask(task, nodeFiles())));
  return read.flatMap((one) => ("code" in one ? [one.message] : []));
}

/**
 * What the model in a folder of this machine is; its weights are not read.
 * @throws {BaseModelError} If a run could not take it.
 */
export async function describeBase(folder: string): Promise<Pick<BaseModel, "config" | "parameters">> {
  return describeBaseFolder(await modelFolder(folder));
}
