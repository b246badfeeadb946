import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { loseTraffic } from "../lose_traffic.ts";
import { keepMark } from "../mark_store.ts";

/** Keeps that a version was taken back, and why. */
export const rolloutAborted = onEvent({
  name: "rollout_aborted",
  version: 1,
  event: EVENTS.rolloutAborted,
  maxInFlight: 1,
  async handle({ data, time }, context) {
    const { model, version, attempt, reason } = data;
    const key = { project: context.project, model, version };
    await keepMark(context.db, { ...key, attempt, percent: 0, reason, at: Date.parse(time) });
    await loseTraffic(context, key);
  },
});
