import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { askRollouts } from "./ask_rollouts.ts";
import { forgetOldFirings } from "./forget_old_firings.ts";
import { cancelPipeline } from "./handlers/cancel_pipeline.ts";
import { followRollout } from "./handlers/follow_rollout.ts";
import { factHandlers } from "./handlers/take_facts.ts";
import { resumePipeline } from "./handlers/resume_pipeline.ts";
import { failRun } from "./handlers/fail_run.ts";
import { keepProgress } from "./handlers/keep_progress.ts";
import { ruleHandlers } from "./handlers/apply_rules.ts";
import { startPipeline } from "./handlers/start_pipeline.ts";
import { measureWaits } from "./measure_waits.ts";
import { deadLetterRoutes } from "./routes/dead_letters.ts";
import { garbageRoutes } from "./routes/garbage.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { runRoutes } from "./routes/runs.ts";
import { keepWorkingTime } from "./working_time.ts";

export interface AutomationOptions {
  /** Base URL of the OpenAI-compatible API, as users reach it; asked for when a summary is made. */
  readonly endpoint: () => string;
}

/** The service that owns pipeline runs: it hears the facts of all stages and asks for the next one. */
export function createAutomation(openPorts: OpenPorts, access: Access, options: AutomationOptions): Service {
  return defineService(
    {
      name: "automation",
      subscriptions: [
        startPipeline,
        cancelPipeline,
        resumePipeline(access.limitsOf),
        failRun,
        keepProgress,
        followRollout,
        ...factHandlers(access.limitsOf),
        ...ruleHandlers(access.limitsOf),
      ],
      schedules: [keepWorkingTime, measureWaits, askRollouts(), forgetOldFirings],
      auditsEvents: true,
      routes(http) {
        runRoutes(options.endpoint)(http);
        deadLetterRoutes(http);
        ruleRoutes(http);
        garbageRoutes(http);
      },
    },
    openPorts,
    access,
  );
}
