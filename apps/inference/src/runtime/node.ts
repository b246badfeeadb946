import { templateProcess } from "@millrace/chat/process";
import { listenTcp } from "@millrace/collective/tcp";
import { withPorts } from "@millrace/service";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createFleet } from "../gateway/fleet.ts";
import type { FleetPorts } from "../gateway/ports.ts";
import { createInference } from "../service.ts";
import { listAllVersions } from "../version_store.ts";
import { replicaProcesses } from "./replica_processes.ts";

/** Processes for each version: one answers while the other is started anew. */
const REPLICAS = 2;

/**
 * The gateway in this process, its replicas as child processes. Versions that were served are brought back at the start.
 * @param replicas Processes for each version. Default 2, or what `MILLRACE_REPLICAS` says.
 * @throws {RangeError} If that is no number from 1 to 64.
 */
export function onNode(
  { openPorts, access, clusterSecret, log, metrics, now }: NodeRuntime,
  replicas: number = Number(process.env["MILLRACE_REPLICAS"] || REPLICAS),
): NodeService {
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 64) {
    throw new RangeError(
      `starting inference: found ${replicas} replicas a version, wanted 1 to 64 (MILLRACE_REPLICAS)`,
    );
  }
  const ports: FleetPorts = {
    listen: listenTcp,
    spawn: replicaProcesses(clusterSecret, (replica, line) => log.info(line, { replica })),
    secret: clusterSecret,
    readBlob: (project, sha256) => withPorts(openPorts, ({ artifacts }) => artifacts.forProject(project).bytes(sha256)),
    log,
    now,
  };
  const fleet = createFleet(ports, replicas);
  const renderer = templateProcess();
  return {
    service: createInference(openPorts, access, {
      fleet,
      render: renderer.render,
      metrics,
      gateway: `gateway-${process.pid}-${now()}`,
      now,
    }),
    async start() {
      const versions = await withPorts(openPorts, ({ database }) => listAllVersions(database.drizzle));
      for (const version of versions) await fleet.load(version);
    },
    async stop() {
      await fleet.close();
      await renderer.close();
    },
  };
}
