import { ArtifactNotFoundError } from "@millrace/artifacts";
import { EVENTS, type TrafficWindow } from "@millrace/contracts";
import { type Ports, publishRoot, type Schedule } from "@millrace/service";
import { createPromptCounter, type PromptCounter } from "./prompt_counter.ts";
import type { EndedWindow, TrafficWindows } from "./traffic_windows.ts";
import { findVersion } from "./version_store.ts";

/** How soon after its end a window is told of, at most. */
const EVERY_MS = 2000;

/** Tells of each window of traffic that is over. While the bus is away, windows wait. */
export function tellTraffic(windows: TrafficWindows): Schedule {
  const counter = createPromptCounter();
  return {
    name: "tell_traffic",
    everyMs: EVERY_MS,
    perProcess: true,
    async run(ports) {
      const ended = windows.takeEnded(ports.now());
      for (const [index, window] of ended.entries()) {
        const { project, data } = window;
        const { model, version, gateway, windowStart } = data;
        const fact = {
          name: "tell_traffic",
          version: 1,
          project,
          key: `${model}@${version} ${gateway} ${windowStart}`,
          subject: `${model}@${version}`,
        };
        try {
          const real = { ...data.real, prompts: await promptsOf(window, counter, ports) };
          await publishRoot(ports, { name: "inference" }, fact, EVENTS.trafficObserved, { ...data, real });
        } catch (error) {
          windows.putBack(ended.slice(index));
          throw error;
        }
      }
    },
  };
}

/** Null where there is nothing to count by: the version is out of service, or its package is gone. */
async function promptsOf(
  { project, data, prompts }: EndedWindow,
  counter: PromptCounter,
  { database, artifacts, log }: Ports,
): Promise<TrafficWindow["prompts"]> {
  const { model, version } = data;
  const served = await findVersion(database.drizzle, { project, model, version });
  if (served === undefined || prompts.length === 0) return null;
  try {
    return await counter.count(artifacts.forProject(project), served.package.sha256, prompts);
  } catch (error) {
    if (!(error instanceof ArtifactNotFoundError)) throw error;
    log.warn("prompts are not counted: the version's package is gone", { model, version, error });
    return null;
  }
}
