import { listenTcp } from "@millrace/collective/tcp";
import { withPorts } from "@millrace/service";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { createFleet } from "../gateway/fleet.ts";
import { createInference } from "../service.ts";
import { listAllVersions } from "../version_store.ts";
import { replicaProcesses } from "./replica_processes.ts";

/** The gateway in this process, its replicas as child processes. Versions that were served are brought back at the start. */
export function onNode({ openPorts, access, clusterSecret, log, now }: NodeRuntime): NodeService {
  const fleet = createFleet({
    listen: listenTcp,
    spawn: replicaProcesses(clusterSecret, (replica, line) => log.info(line, { replica })),
    secret: clusterSecret,
    readBlob: (project, sha256) => withPorts(openPorts, ({ artifacts }) => artifacts.forProject(project).bytes(sha256)),
    log,
    now,
  });
  return {
    service: createInference(openPorts, access, { fleet, now }),
    async start() {
      const versions = await withPorts(openPorts, ({ database }) => listAllVersions(database.drizzle));
      for (const version of versions) await fleet.keeper(version);
    },
    stop: () => fleet.close(),
  };
}
