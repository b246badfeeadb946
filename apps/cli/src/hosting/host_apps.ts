/** Some or all apps in this process, on parts that are open already, behind one listener: what embedded and distributed share. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactStore } from "@millrace/artifacts";
import type { EventBus, Lease } from "@millrace/bus";
import type { ServiceName } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import {
  type AccessOptions,
  createLog,
  createMetrics,
  type HostOptions,
  migrateService,
  type Mode,
  openAccess,
  type OpenPorts,
  type Peers,
  type Service,
  serviceToken,
  startServices,
} from "@millrace/service";
import {
  type BackUp,
  type HttpServer,
  type NodeRuntime,
  type NodeService,
  serveHttp,
  type ServeOptions,
} from "@millrace/service/node";
import { APPS } from "./apps.ts";
import type { Closing } from "./closing.ts";
import { serviceOfPath } from "./routing.ts";

/** Servers, or what stands for them. */
export interface Parts {
  readonly bus: EventBus;
  readonly lease: Lease;
  readonly database: Database;
  readonly artifacts: ArtifactStore;
}

export interface AppsOptions {
  readonly mode: Mode;
  readonly names: readonly ServiceName[];
  /** Whether they handle events, do jobs and load models, or answer requests alone. */
  readonly works: boolean;
  readonly parts: Parts;
  readonly access: Omit<AccessOptions, "clusterSecret" | "now">;
  readonly clusterSecret: string;
  /** How an app reaches the others, by its own token; `here` are the ones of this process. */
  readonly peers: (token: string, here: () => Iterable<Service>) => Peers;
  readonly listen: ServeOptions;
  /** Where users reach the installation. Default: where this process listens. */
  readonly publicAddress?: string;
  /** The one folder that recipes may take documents from. Default: any of this machine. */
  readonly sourcesFolder?: string;
  /** See `NodeRuntime`. */
  readonly workersAt?: NodeRuntime["workersAt"];
  readonly loginCommand?: string;
  readonly backUp?: BackUp;
  /** Holds one folder an app, for what may be lost. */
  readonly scratchFolder: string;
  readonly leases: Pick<HostOptions, "owner" | "takesOver">;
  /** Receives log lines (JSON). */
  readonly logSink: (line: string) => void;
  readonly now: () => number;
}

/**
 * Brings the apps' schemas up to date, then serves and, where they are to work, runs the apps until `closing` closes.
 * @throws If a migration does not fit, the address cannot be had, or an app does not start.
 */
export async function hostApps(options: AppsOptions, closing: Closing): Promise<HttpServer> {
  const { mode, parts, clusterSecret, logSink, now } = options;
  const accessBy = await openAccess({ ...options.access, clusterSecret, now });
  const metrics = createMetrics();
  let address = "";
  const apps = new Map<ServiceName, NodeService>();
  const services = (): Service[] => [...apps.values()].map((app) => app.service);
  for (const name of options.names) {
    const log = createLog({ service: name, sink: logSink, now });
    const peers = options.peers(await serviceToken(clusterSecret, name), services);
    const { database, artifacts, bus } = parts;
    const openPorts: OpenPorts = async () => ({ ports: { database, artifacts, bus, peers, log, metrics, now } });
    const scratchFolder = join(options.scratchFolder, name);
    await mkdir(scratchFolder, { recursive: true });
    const publicAddress = (): string => options.publicAddress ?? address;
    const given = { mode, openPorts, access: accessBy(peers), clusterSecret, scratchFolder, publicAddress };
    const runtime: NodeRuntime = { ...given, log, metrics, now };
    const { sourcesFolder, workersAt, backUp, loginCommand } = options;
    const further = {
      ...(sourcesFolder && { sourcesFolder }),
      ...(workersAt && { workersAt }),
      ...(backUp && { backUp }),
      ...(loginCommand && { loginCommand }),
    };
    apps.set(name, APPS[name]({ ...runtime, ...further }));
  }
  for (const name of apps.keys()) {
    await migrateService(parts.database, name, name === "console" ? [] : await readMigrations(name));
  }
  const [first] = apps.values();
  // The services of one process share their metrics: any of them tells of all.
  const appOf = (path: string): NodeService | undefined =>
    apps.size === 1 || path === "/metrics" ? first : apps.get(serviceOfPath(path));
  const server = await serveHttp(
    (request) => (appOf(new URL(request.url).pathname) as NodeService).service.fetch(request),
    options.listen,
  );
  closing.push(() => server.close());
  address = server.url;
  if (!options.works) return server;
  for (const app of apps.values()) {
    closing.push(async () => app.stop?.());
    await app.start?.();
  }
  const running = await startServices(services(), { ...options.leases, lease: parts.lease });
  closing.push(() => running.stop());
  return server;
}
