import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { findDeployment, moveDeployment } from "../deployment_store.ts";
import { exercise } from "../rollout/exercise.ts";
import { judge } from "../rollout/judge.ts";

/** A paused canary is judged again, by all it has answered. */
export const rolloutResume = onEvent({
  name: "rollout_resume",
  version: 1,
  event: EVENTS.rolloutResume,
  maxInFlight: 1,
  async handle({ data }, context) {
    const row = await findDeployment(context, data.model, data.version);
    const moved = row === undefined ? undefined : await moveDeployment(context, row, ["paused"], "canary");
    if (moved === undefined) return;
    if (!(await judge(context, moved))) await exercise(context, moved);
  },
});
