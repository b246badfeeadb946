/** All services in this process, on the embedded parts: nothing has to be installed. One listener on 127.0.0.1 serves them all. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import { sqliteBus, sqliteLease } from "@millrace/bus/sqlite";
import { DEFAULT_PROJECT } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { openPglite } from "@millrace/database/pglite";
import {
  type Access,
  anyOf,
  apiKeys,
  createLog,
  hashApiKey,
  LOCAL_HOST_NAMES,
  localPeers,
  migrateService,
  type OpenPorts,
  type Service,
  serviceToken,
  serviceTokens,
  startServices,
} from "@millrace/service";
import { type NodeService, serveHttp } from "@millrace/service/node";
import type { DataFolder } from "../data_folder/data_folder.ts";
import { openSecrets } from "./secrets.ts";
import { serviceOfPath } from "./routing.ts";
import { APPS } from "./services.ts";

export interface Embedded {
  /** `http://127.0.0.1:<port>`. */
  readonly address: string;
  readonly apiKey: string;
  /** Ends handlers, jobs and child processes, then closes the parts. What was not finished goes on at the next start. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Receives log lines (JSON). */
  readonly logSink: (line: string) => void;
  readonly now: () => number;
}

/**
 * Starts everything on a data folder that this process owns.
 * @throws If a part cannot be opened; what was opened before is closed again.
 */
export async function startEmbedded(folder: DataFolder, options: EmbeddedOptions): Promise<Embedded> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of undo.splice(0).toReversed()) await close();
  };
  try {
    return await start(folder, options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  folder: DataFolder,
  { port, logSink, now }: EmbeddedOptions,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Embedded> {
  const secrets = await openSecrets(folder);
  const bus = sqliteBus({ file: folder.file("events.sqlite"), now });
  undo.push(() => bus.close());
  const lease = sqliteLease({ file: folder.file("events.sqlite"), now });
  undo.push(() => lease.close());
  const database = await openPglite({ dataDir: folder.file("postgres") });
  undo.push(() => database.close());
  const artifacts = fileStore(folder.file("artifacts"));

  const keyHash = await hashApiKey(secrets.apiKey);
  const user = { name: "local", project: DEFAULT_PROJECT, role: "admin" as const };
  const access: Access = {
    authenticate: anyOf(
      serviceTokens(secrets.cluster),
      apiKeys(async (hash) => (hash === keyHash ? user : undefined)),
    ),
    hostNames: LOCAL_HOST_NAMES,
  };

  let address = "";
  const apps = new Map<string, NodeService>();
  const services = (): Service[] => [...apps.values()].map((app) => app.service);
  for (const [name, onNode] of Object.entries(APPS)) {
    const log = createLog({ service: name, sink: logSink, now });
    const peers = localPeers(services, await serviceToken(secrets.cluster, name));
    const openPorts: OpenPorts = async () => ({ ports: { database, artifacts, bus, peers, log, now } });
    const scratchFolder = join(folder.path, "scratch", name);
    await mkdir(scratchFolder, { recursive: true });
    const clusterSecret = secrets.cluster;
    apps.set(name, onNode({ openPorts, access, clusterSecret, scratchFolder, publicAddress: () => address, log, now }));
  }
  for (const name of apps.keys()) {
    await migrateService(database, name, name === "console" ? [] : await readMigrations(name));
  }

  const server = await serveHttp(
    (request) => (apps.get(serviceOfPath(new URL(request.url).pathname)) as NodeService).service.fetch(request),
    { hostname: "127.0.0.1", port },
  );
  undo.push(() => server.close());
  address = server.url;
  for (const app of apps.values()) {
    undo.push(async () => app.stop?.());
    await app.start?.();
  }
  const running = await startServices(services(), {
    owner: `embedded-${process.pid}-${now()}`,
    lease,
    soleOwner: true,
  });
  undo.push(() => running.stop());
  await folder.announce(address);
  return { address, apiKey: secrets.apiKey, stop };
}
