import { createLog, createMetrics, type Service } from "@millrace/service";
import { APPS } from "../../apps/cli/src/hosting/apps.ts";

/** Every service as it declares itself, with nothing opened: its subscriptions and routes can be looked at, and none can be used. */
export function declaredServices(): Service[] {
  const runtime = {
    mode: "embedded" as const,
    openPorts: () => Promise.reject(new Error("nothing is opened to look at a service's declarations")),
    access: { authenticate: async () => undefined, hostNames: [] },
    clusterSecret: "a secret of the tests, for nobody",
    scratchFolder: "/nowhere",
    publicAddress: () => "http://127.0.0.1",
    log: createLog({ service: "test", sink: () => {}, now: () => 0 }),
    metrics: createMetrics(),
    now: () => 0,
  };
  return Object.values(APPS).map((onNode) => onNode(runtime).service);
}
