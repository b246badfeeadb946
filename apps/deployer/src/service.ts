import type { Executor } from "@millrace/execution";
import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";
import { approvalDecided } from "./handlers/approval_decided.ts";
import { modelDeploy } from "./handlers/model_deploy.ts";
import { pipelineCancelled } from "./handlers/pipeline_cancelled.ts";
import { rolloutAbort } from "./handlers/rollout_abort.ts";
import { rolloutPause } from "./handlers/rollout_pause.ts";
import { rolloutPromote } from "./handlers/rollout_promote.ts";
import { rolloutResume } from "./handlers/rollout_resume.ts";
import { rolloutStart } from "./handlers/rollout_start.ts";
import { servingLoaded } from "./handlers/serving_loaded.ts";
import { servingRouted } from "./handlers/serving_routed.ts";
import { stageFailed } from "./handlers/stage_failed.ts";
import { trafficObserved } from "./handlers/traffic_observed.ts";
import { exerciseCanaryJob } from "./jobs/exercise_canary.ts";
import { gateVersionJob } from "./jobs/gate_version.ts";
import { packageVersionJob } from "./jobs/package_version.ts";
import { smokeVersionJob } from "./jobs/smoke_version.ts";
import { deploymentRoutes } from "./routes/deployments.ts";

/**
 * The service that brings a registered version into use.
 * @param executor Opens the runtime that measures versions; called when the first one is to be measured.
 */
export function createDeployer(openPorts: OpenPorts, access: Access, executor: () => Promise<Executor>): Service {
  return defineService(
    {
      name: "deployer",
      subscriptions: [
        modelDeploy,
        servingLoaded,
        servingRouted,
        stageFailed,
        pipelineCancelled,
        rolloutStart,
        rolloutPromote,
        rolloutAbort,
        rolloutPause,
        rolloutResume,
        approvalDecided,
        trafficObserved,
      ],
      jobs: [packageVersionJob, gateVersionJob(executor), smokeVersionJob, exerciseCanaryJob],
      routes: deploymentRoutes,
    },
    openPorts,
    access,
  );
}
