import { EVENTS } from "@millrace/contracts";
import { failStage, onEvent } from "@millrace/service";
import { RETIRE_VERSION } from "../jobs/retire_version.ts";
import { routeVersion } from "../version_store.ts";

/** The rows are the routes: every request reads them. */
export const servingRoute = onEvent({
  name: "serving_route",
  version: 1,
  event: EVENTS.servingRoute,
  maxInFlight: 1,
  async handle({ data }, context) {
    const { runId, attempt, model, version, percent } = data;
    const { db, project } = context;
    const retired = await routeVersion(db, { project, model, version }, percent);
    if (retired === undefined) {
      const message = `routing ${percent} % of ${model} to version ${version}: it is not loaded`;
      return failStage(context, "deploying", data, { code: "not_loaded", message });
    }
    for (const old of retired) {
      const input = { model, version: old.version };
      await context.startJob(RETIRE_VERSION, `${model}@${old.version} for ${runId} attempt ${attempt}`, input);
    }
    const routed = { runId, attempt, model, version, percent };
    context.output(`${model}@${version} attempt ${attempt}`, EVENTS.servingRouted, routed);
  },
});
