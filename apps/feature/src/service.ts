import type { RenderChat } from "@millrace/chat";
import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { corpusTokenize } from "./handlers/corpus_tokenize.ts";
import { pipelineCancelled } from "./handlers/pipeline_cancelled.ts";
import { tokenizeJob } from "./jobs/tokenize.ts";
import type { ContinueByCounts } from "./ngrams.ts";
import { ngramRoutes } from "./routes/ngrams.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { verbatimRoutes } from "./routes/verbatim.ts";

/** What it has others do. */
export interface FeatureParts {
  /** Renders conversations. */
  readonly render: RenderChat;
  readonly continueByCounts: ContinueByCounts;
}

/** The service that turns a corpus into tokens. */
export function createFeature(
  openPorts: OpenPorts,
  access: Access,
  { render, continueByCounts }: FeatureParts,
): Service {
  return defineService(
    {
      name: "feature",
      subscriptions: [corpusTokenize, pipelineCancelled],
      jobs: [tokenizeJob(render)],
      routes(http) {
        tokenRoutes(http);
        verbatimRoutes(http);
        ngramRoutes(http, continueByCounts);
      },
    },
    openPorts,
    access,
  );
}
