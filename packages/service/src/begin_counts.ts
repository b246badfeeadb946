import { DEFAULT_PROJECT } from "@millrace/contracts";
import { consumerOf } from "./event_runner.ts";
import type { Metrics } from "./metrics.ts";
import type { Service } from "./service.ts";
import { noneFailed, noneParked } from "./service_metrics.ts";

/** Shows what alerts look for as none. Projects other than the default one begin with their first delivery or job. */
export function beginCounts({ name: service, subscriptions, jobs }: Service, metrics: Metrics): void {
  for (const subscription of subscriptions) {
    const consumer = consumerOf({ name: service }, subscription);
    // A message that is no event is of no project.
    for (const project of ["", DEFAULT_PROJECT]) noneParked(metrics, { service, project, consumer });
  }
  for (const { kind } of jobs) noneFailed(metrics, { service, project: DEFAULT_PROJECT, kind });
}
