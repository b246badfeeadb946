/** The gateway over real sockets with real replica processes, as a test talks to it. */
import { readMigrations } from "@millrace/database/migration_files";
import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, type CloudEvent, EVENTS, type ServingPackage } from "@millrace/contracts";
import { type Access, createLog, createMetrics, type LimitsOf, type OpenPorts, type Service } from "@millrace/service";
import { type HttpServer, type NodeService, serveHttp } from "@millrace/service/node";
import { testHost, type TestHost } from "@millrace/service/testing";
import { createPassingGateway } from "../passing_gateway.ts";
import { onNode } from "../runtime/node.ts";
import { registryStandIn } from "./registry_stand_in.ts";
import { storeTinyPackage } from "./tiny_package.ts";

/** The cluster secret of every test host. */
export const SECRET = "cluster-secret-of-the-tests";

export interface ServingHost {
  readonly host: TestHost;
  readonly server: HttpServer;
  /** Loads a version of the model `docs`, as deployer asks for it; resolves with the command once it is loaded. */
  load(version: number, chatTemplate?: ServingPackage["chatTemplate"]): Promise<CloudEvent>;
  /** Gives a version its share of the traffic. */
  route(version: number, percent: number): Promise<void>;
  /** Process ids that the replicas of a version have had, the latest last. */
  pids(version: number): number[];
  /**
   * A gateway without replicas beside this one, whose upstream is at this address.
   * @param onClose Hears of the ports of a request that are given back.
   */
  passing(upstream: string, patienceMs?: number, onClose?: () => void): Service;
  /** Ends and starts the gateway, as an operator who restarts it. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Stores the package of a version. */
type StorePackage = (
  artifacts: Artifacts,
  version: number,
  chatTemplate?: ServingPackage["chatTemplate"],
) => Promise<ArtifactRef>;

/**
 * Opens a host; close it after the test. The registry knows the alias `live` of version 1.
 * @param replicas Processes for each version.
 * @param limitsOf Default: no project has a limit.
 */
export async function servingHost(
  replicas = 1,
  store: StorePackage = storeTinyPackage,
  limitsOf?: LimitsOf,
): Promise<ServingHost> {
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ service: "inference", sink: (line) => logged.push(JSON.parse(line)), now: Date.now });
  const metrics = createMetrics();
  let node: NodeService;
  let begin: () => NodeService;
  let passing: ServingHost["passing"];
  const services = (openPorts: OpenPorts, access: Access): Service[] => {
    const given = { mode: "embedded" as const, openPorts, access, log, metrics, now: Date.now };
    begin = () => onNode({ ...given, clusterSecret: SECRET, scratchFolder: "", publicAddress: () => "" }, replicas);
    node = begin();
    passing = (upstream, patienceMs, onClose) => {
      const heard: OpenPorts = async () => ({ ...(await openPorts()), close: async () => onClose?.() });
      return createPassingGateway(heard, access, upstream, patienceMs);
    };
    return [node.service, registryStandIn({ live: 1 })(openPorts, access)];
  };
  const migrations = { inference: await readMigrations("inference") };
  const host = await testHost({ services, metrics, migrations, ...(limitsOf === undefined ? {} : { limitsOf }) });
  const server = await serveHttp((request) => node.service.fetch(request), { port: 0 });
  await host.start();
  let asked = 0;
  const runId = "run-1";
  return {
    host,
    server,
    async load(version, chatTemplate) {
      const attempt = ++asked;
      const packed = await store(host.artifacts.forProject("default"), version, chatTemplate);
      const load = { runId, attempt, model: "docs", version, package: packed };
      const command = await host.publish(`load ${attempt}`, EVENTS.servingLoad, load);
      await host.events.until(EVENTS.servingLoaded, ({ data }) => data.attempt === attempt);
      return command;
    },
    async route(version, percent) {
      const attempt = ++asked;
      await host.publish(`route ${attempt}`, EVENTS.servingRoute, { runId, attempt, model: "docs", version, percent });
      await host.events.until(EVENTS.servingRouted, ({ data }) => data.attempt === attempt);
    },
    pids: (version) =>
      logged.flatMap(({ msg, replica, pid }) =>
        msg === "a replica is ready" && String(replica).startsWith(`default/docs@${version}/`) ? [Number(pid)] : [],
      ),
    passing: (...given) => passing(...given),
    async restart() {
      await node.stop?.();
      node = begin();
      await node.start?.();
    },
    async close() {
      await host.stop();
      await node.stop?.();
      await server.close(0);
      await host.close();
    },
  };
}
