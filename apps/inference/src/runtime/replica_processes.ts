import { startChild } from "@millrace/service/node";
import { fileURLToPath } from "node:url";
import type { SpawnReplica } from "../gateway/ports.ts";

/** What a replica process is told by its environment. The secret is never on a command line, which other users can read. */
export interface ReplicaEnvironment {
  readonly MILLRACE_REPLICA_NAME: string;
  readonly MILLRACE_GATEWAY_HOST: string;
  readonly MILLRACE_GATEWAY_PORT: string;
  readonly MILLRACE_CLUSTER_SECRET: string;
}

const MAIN = fileURLToPath(new URL("./replica_main.ts", import.meta.url));

/**
 * Starts replicas as child processes of this one. They end with their link to the gateway, so none outlives it.
 * @param secret The cluster secret.
 * @param log Takes the lines that they write.
 */
export function replicaProcesses(secret: string, log: (name: string, line: string) => void): SpawnReplica {
  return (name, { host, port }) => {
    const environment = {
      MILLRACE_REPLICA_NAME: name,
      MILLRACE_GATEWAY_HOST: host,
      MILLRACE_GATEWAY_PORT: String(port),
      MILLRACE_CLUSTER_SECRET: secret,
    } satisfies ReplicaEnvironment;
    return startChild(MAIN, environment, (line) => log(name, line));
  };
}
