import type { RenderChat } from "@millrace/chat";
import { type Access, defineService, type Metrics, type OpenPorts, type Service } from "@millrace/service";
import type { Fleet } from "./gateway/fleet.ts";
import { servingLoad } from "./handlers/serving_load.ts";
import { servingRoute } from "./handlers/serving_route.ts";
import { loadVersionJob } from "./jobs/load_version.ts";
import { retireVersionJob } from "./jobs/retire_version.ts";
import { HTTP_SIDE } from "./http_side.ts";
import type { RecordObservation } from "./observation.ts";
import { replicaAnswers } from "./replica_answers.ts";
import { chatRoutes } from "./routes/chat_completions.ts";
import { completionRoutes } from "./routes/completions.ts";
import { modelRoutes } from "./routes/models.ts";
import { servedRoutes } from "./routes/served_routes.ts";
import { collectFleet, recordMetrics } from "./serving_metrics.ts";
import { tellTraffic } from "./tell_traffic.ts";
import { createTokenBudget } from "./token_budget.ts";
import { createTraffic } from "./traffic.ts";
import { createTrafficWindows } from "./traffic_windows.ts";

/** What the gateway needs beyond what every service is given. */
export interface InferenceOptions {
  readonly fleet: Fleet;
  readonly render: RenderChat;
  readonly metrics: Metrics;
  /** Names this process, for as long as it lives. */
  readonly gateway: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The service that answers: an OpenAI-compatible gateway before the replicas of a fleet. */
export function createInference(openPorts: OpenPorts, access: Access, options: InferenceOptions): Service {
  const { fleet, render, metrics, gateway, now } = options;
  const traffic = createTraffic(now);
  const windows = createTrafficWindows(gateway);
  const measure = recordMetrics(metrics);
  collectFleet(metrics, fleet);
  // Everything that is kept of a request passes here.
  const record: RecordObservation = (observation) => {
    measure(observation);
    windows.record(observation);
    const { served, firstTokenMs } = observation;
    if (firstTokenMs !== null) traffic.record(`${served.project}/${served.model}@${served.version}`, firstTokenMs);
  };
  const answers = replicaAnswers({ fleet, record, budget: createTokenBudget(now) }, render);
  return defineService(
    {
      ...HTTP_SIDE,
      subscriptions: [servingLoad, servingRoute],
      jobs: [loadVersionJob(fleet), retireVersionJob(fleet)],
      schedules: [tellTraffic(windows)],
      routes(http) {
        modelRoutes(http);
        completionRoutes(answers)(http);
        chatRoutes(answers)(http);
        servedRoutes(fleet, traffic)(http);
      },
    },
    openPorts,
    access,
  );
}
