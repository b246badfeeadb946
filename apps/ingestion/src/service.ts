import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { corpusClean } from "./handlers/corpus_clean.ts";
import { corpusCollect } from "./handlers/corpus_collect.ts";
import { corpusDeduplicate } from "./handlers/corpus_deduplicate.ts";
import { pipelineCancelled } from "./handlers/pipeline_cancelled.ts";
import { shardCleaned } from "./handlers/shard_cleaned.ts";
import type { BaseFolders } from "./base/base_folder.ts";
import type { Cleaner } from "./cleaner.ts";
import { cleanShardJob } from "./jobs/clean_shard.ts";
import { collectJob } from "./jobs/collect.ts";
import { deduplicateJob } from "./jobs/deduplicate.ts";
import { deleteArtifactsJob } from "./jobs/delete_artifacts.ts";
import { forgetDocumentJob } from "./jobs/forget_document.ts";
import { purgeJob } from "./jobs/purge.ts";
import { clusterRoutes } from "./routes/clusters.ts";
import { documentRoutes } from "./routes/documents.ts";
import { erasureRoutes } from "./routes/erasures.ts";
import { hubCacheRoutes } from "./routes/hub_cache.ts";
import { reportRoutes } from "./routes/reports.ts";
import { searchRoutes } from "./routes/search.ts";
import { sourceRoutes } from "./routes/sources.ts";
import type { SourceFiles } from "./source_files.ts";

export interface IngestionOptions {
  /** Where documents lie. */
  readonly files: SourceFiles;
  /** Where models lie that are trained further. */
  readonly bases: BaseFolders;
  /** What cleans them. */
  readonly cleaner: Cleaner;
}

/** The service that turns files into a corpus. */
export function createIngestion(
  openPorts: OpenPorts,
  access: Access,
  { files, bases, cleaner }: IngestionOptions,
): Service {
  return defineService(
    {
      name: "ingestion",
      subscriptions: [corpusCollect, corpusClean, shardCleaned, corpusDeduplicate, pipelineCancelled],
      jobs: [
        collectJob(files, bases),
        cleanShardJob(files, cleaner),
        deduplicateJob,
        forgetDocumentJob,
        deleteArtifactsJob,
        purgeJob,
      ],
      routes(http) {
        reportRoutes(http);
        clusterRoutes(http);
        sourceRoutes(http);
        documentRoutes(http);
        searchRoutes(http);
        erasureRoutes(http);
        hubCacheRoutes(http, bases);
      },
    },
    openPorts,
    access,
  );
}
