import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { loseTraffic, othersWatched } from "../lose_traffic.ts";
import { keepMark } from "../mark_store.ts";

/** Keeps who got how much of the traffic. With all of it the other versions have none. */
export const servingRouted = onEvent({
  name: "serving_routed",
  version: 1,
  event: EVENTS.servingRouted,
  maxInFlight: 1,
  async handle({ data, time }, context) {
    const { model, version, attempt, percent } = data;
    const key = { project: context.project, model, version };
    await keepMark(context.db, { ...key, attempt, percent, at: Date.parse(time) });
    if (percent === 0) await loseTraffic(context, key);
    if (percent < 100) return;
    for (const other of await othersWatched(context, key)) await loseTraffic(context, { ...key, version: other });
  },
});
