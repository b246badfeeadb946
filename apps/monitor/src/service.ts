import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { forgetOldWindows } from "./forget_old_windows.ts";
import { rolloutAborted } from "./handlers/rollout_aborted.ts";
import { servingRouted } from "./handlers/serving_routed.ts";
import { trafficObserved } from "./handlers/traffic_observed.ts";
import { measureWatches } from "./measure_watches.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { driftRoutes } from "./routes/drift.ts";
import { feedbackRoutes } from "./routes/feedback.ts";
import { seriesRoutes } from "./routes/series.ts";
import { trafficRoutes } from "./routes/traffic.ts";

/** A comment is the longest thing that is sent here. */
const MAX_BODY_BYTES = 32 * 1024;

/** The service that watches what is served: series, drift of prompts, anomalies, alerts, feedback. */
export function createMonitor(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "monitor",
      subscriptions: [trafficObserved, servingRouted, rolloutAborted],
      schedules: [forgetOldWindows, measureWatches],
      maxBodyBytes: MAX_BODY_BYTES,
      routes(http) {
        seriesRoutes(http);
        trafficRoutes(http);
        driftRoutes(http);
        alertRoutes(http);
        feedbackRoutes(http);
      },
    },
    openPorts,
    access,
  );
}
