/** The gateway over real sockets with real replica processes, as a test talks to it. */
import { readMigrations } from "@millrace/database/migration_files";
import { EVENTS } from "@millrace/contracts";
import type { OpenPorts } from "@millrace/service";
import { createLog } from "@millrace/service";
import { type HttpServer, type NodeService, serveHttp } from "@millrace/service/node";
import { testHost, type TestHost } from "@millrace/service/testing";
import { onNode } from "../runtime/node.ts";
import { storeTinyPackage } from "./tiny_package.ts";

export interface ServingHost {
  readonly host: TestHost;
  readonly server: HttpServer;
  /** Lines of the gateway and its replicas. */
  readonly logged: readonly string[];
  /** Loads a version of the model `docs`, as deployer asks for it. */
  load(version: number): Promise<void>;
  /** Gives a version its share of the traffic. */
  route(version: number, percent: number): Promise<void>;
  /** Ends and starts the gateway, as an operator who restarts it. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const SECRET = "cluster-secret-of-the-tests";

/** Opens a host; close it after the test. */
export async function servingHost(): Promise<ServingHost> {
  const logged: string[] = [];
  let node: NodeService | undefined;
  const start = (openPorts: OpenPorts, access: TestAccess): NodeService => {
    const log = createLog({ service: "inference", sink: (line) => logged.push(line), now: Date.now });
    const scratchFolder = "/nonexistent";
    const runtime = { openPorts, access, clusterSecret: SECRET, scratchFolder, publicAddress: () => "", log };
    return onNode({ ...runtime, now: Date.now });
  };
  let again: (() => NodeService) | undefined;
  const host = await testHost({
    services: (openPorts, access) => {
      again = () => start(openPorts, access);
      node = again();
      return [node.service];
    },
    migrations: { inference: await readMigrations("inference") },
  });
  const server = await serveHttp((request) => (node as NodeService).service.fetch(request), { port: 0 });
  await host.start();
  let asked = 0;
  const runId = "run-1";
  return {
    host,
    server,
    logged,
    async load(version) {
      const attempt = ++asked;
      const packed = await storeTinyPackage(host.artifacts.forProject("default"), version);
      const load = { runId, attempt, model: "docs", version, package: packed };
      await host.publish(`load ${attempt}`, EVENTS.servingLoad, load);
      await host.events.until(EVENTS.servingLoaded, ({ data }) => data.attempt === attempt);
    },
    async route(version, percent) {
      const attempt = ++asked;
      await host.publish(`route ${attempt}`, EVENTS.servingRoute, { runId, attempt, model: "docs", version, percent });
      await host.events.until(EVENTS.servingRouted, ({ data }) => data.attempt === attempt);
    },
    async restart() {
      await node?.stop?.();
      node = again?.();
      await node?.start?.();
    },
    async close() {
      await host.stop();
      await node?.stop?.();
      await server.close(0);
      await host.close();
    },
  };
}

type TestAccess = Parameters<Parameters<typeof testHost>[0]["services"]>[1];
