import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { readProfile } from "../read_profile.ts";
import { watchVersion } from "../watch/watch_version.ts";
import { keepWindow } from "../window_store.ts";

/** Keeps a window, and judges the version's traffic once a minute of it is over. In the order of the log: the detectors learn from it. */
export const trafficObserved = onEvent({
  name: "traffic_observed",
  version: 1,
  event: EVENTS.trafficObserved,
  maxInFlight: 1,
  async prepare({ data }, { artifacts, log }) {
    const sha256 = data.real.prompts?.profile;
    if (sha256 === undefined) return undefined;
    const profile = await readProfile(artifacts, sha256);
    if (profile === undefined) log.warn("prompts are not judged: the corpus profile is gone", { sha256 });
    return profile;
  },
  async handle({ data }, context, profile) {
    const { db, project } = context;
    if (!(await keepWindow(db, project, data))) return;
    const start = Date.parse(data.windowStart);
    const key = { project, model: data.model, version: data.version };
    await watchVersion(context, key, { start, end: start + data.windowMs }, profile);
  },
});
