import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { attemptKey } from "../attempt_key.ts";
import { beginDeployment } from "../deployment_store.ts";
import { PACKAGE_VERSION } from "../jobs/package_version.ts";

/** Packaging takes long: a job does it. */
export const modelDeploy = onEvent({
  name: "model_deploy",
  version: 1,
  event: EVENTS.modelDeploy,
  async handle({ data }, context) {
    await beginDeployment(context, data);
    await context.startJob(PACKAGE_VERSION, attemptKey(data), data);
  },
});
