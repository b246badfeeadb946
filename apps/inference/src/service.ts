import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import type { Fleet } from "./gateway/fleet.ts";
import { servingLoad } from "./handlers/serving_load.ts";
import { servingRoute } from "./handlers/serving_route.ts";
import { loadVersionJob } from "./jobs/load_version.ts";
import { retireVersionJob } from "./jobs/retire_version.ts";
import { inOpenAiForm } from "./openai_errors.ts";
import { completionRoutes } from "./routes/completions.ts";
import { modelRoutes } from "./routes/models.ts";
import { servedRoutes } from "./routes/served_routes.ts";
import { createTraffic } from "./traffic.ts";

/** What the gateway needs beyond what every service is given. */
export interface InferenceOptions {
  readonly fleet: Fleet;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Some room is left for what stands around a prompt: a request travels to its replica in one frame of 1 MiB. */
const MAX_BODY_BYTES = 1_000_000;

/** The service that answers: an OpenAI-compatible gateway before the replicas of a fleet. */
export function createInference(openPorts: OpenPorts, access: Access, { fleet, now }: InferenceOptions): Service {
  const traffic = createTraffic(now);
  const service = defineService(
    {
      name: "inference",
      subscriptions: [servingLoad, servingRoute],
      jobs: [loadVersionJob(fleet), retireVersionJob(fleet)],
      maxBodyBytes: MAX_BODY_BYTES,
      routes(http) {
        modelRoutes(http);
        completionRoutes(fleet, traffic)(http);
        servedRoutes(fleet, traffic)(http);
      },
    },
    openPorts,
    access,
  );
  return {
    ...service,
    async fetch(request) {
      const response = await service.fetch(request);
      return new URL(request.url).pathname.startsWith("/v1/") ? inOpenAiForm(response) : response;
    },
  };
}
