import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { listOfModel } from "../deployment_store.ts";
import { keepWindow } from "../rollout/canary_windows.ts";
import { judge } from "../rollout/judge.ts";
import { ON_TRIAL } from "../stages.ts";

/** Traffic counts for the canary of its model, if there is one and the window reaches into its time. */
export const trafficObserved = onEvent({
  name: "traffic_observed",
  version: 1,
  event: EVENTS.trafficObserved,
  maxInFlight: 1,
  async handle({ data }, context) {
    const row = (await listOfModel(context, data.model)).find(({ state }) => ON_TRIAL.includes(state));
    if (row === undefined || (data.version !== row.version && data.version !== row.stable)) return;
    // A window in which the canary began counts whole: what the stable version answered just before is no less telling.
    if (Date.parse(data.windowStart) + data.windowMs <= (row.canaryStartedAt ?? Infinity)) return;
    await keepWindow(context.db, { project: context.project, runId: row.runId }, data);
    await judge(context, row);
  },
});
