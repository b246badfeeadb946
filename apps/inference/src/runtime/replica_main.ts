/** A process that serves one model. It is told what to load by the gateway that started it, and ends with its link to it. */
import { connectTcp } from "@millrace/collective/tcp";
import { openExecutor } from "@millrace/execution/open";
import { runReplica } from "../replica/run_replica.ts";
import type { ReplicaEnvironment } from "./replica_processes.ts";

function required(name: keyof ReplicaEnvironment): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new TypeError(`starting a replica: ${name} is not set`);
  return value;
}

// A terminal sends Ctrl-C to gateway and replicas alike; the gateway lets answers finish first.
process.on("SIGINT", () => {});
const secret = required("MILLRACE_CLUSTER_SECRET");
delete process.env["MILLRACE_CLUSTER_SECRET"];
const executor = await openExecutor(console.warn);
try {
  await runReplica({
    name: required("MILLRACE_REPLICA_NAME"),
    gateway: { host: required("MILLRACE_GATEWAY_HOST"), port: Number(required("MILLRACE_GATEWAY_PORT")) },
    secret,
    connect: connectTcp,
    executor,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await executor.close();
}
