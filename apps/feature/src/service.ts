import type { RenderChat } from "@millrace/chat";
import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { corpusTokenize } from "./handlers/corpus_tokenize.ts";
import { pipelineCancelled } from "./handlers/pipeline_cancelled.ts";
import { tokenizeJob } from "./jobs/tokenize.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { verbatimRoutes } from "./routes/verbatim.ts";

/**
 * The service that turns a corpus into tokens.
 * @param render Renders conversations.
 */
export function createFeature(openPorts: OpenPorts, access: Access, render: RenderChat): Service {
  return defineService(
    {
      name: "feature",
      subscriptions: [corpusTokenize, pipelineCancelled],
      jobs: [tokenizeJob(render)],
      routes(http) {
        tokenRoutes(http);
        verbatimRoutes(http);
      },
    },
    openPorts,
    access,
  );
}
