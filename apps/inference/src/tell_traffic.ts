import { EVENTS } from "@millrace/contracts";
import { publishRoot, type Schedule } from "@millrace/service";
import type { TrafficWindows } from "./traffic_windows.ts";

/** How soon after its end a window is told of, at most. */
const EVERY_MS = 2000;

/** Tells of each window of traffic that is over. While the bus is away, windows wait. */
export function tellTraffic(windows: TrafficWindows): Schedule {
  return {
    name: "tell_traffic",
    everyMs: EVERY_MS,
    perProcess: true,
    async run(ports) {
      const ended = windows.takeEnded(ports.now());
      for (const [index, { project, data }] of ended.entries()) {
        const { model, version, gateway, windowStart } = data;
        const fact = {
          name: "tell_traffic",
          version: 1,
          project,
          key: `${model}@${version} ${gateway} ${windowStart}`,
          subject: `${model}@${version}`,
        };
        try {
          await publishRoot(ports, { name: "inference" }, fact, EVENTS.trafficObserved, data);
        } catch (error) {
          windows.putBack(ended.slice(index));
          throw error;
        }
      }
    },
  };
}
