/** One service as this process, on real servers: the other way to run the same apps. */
import { hostname, tmpdir } from "node:os";
import { fileStore } from "@millrace/artifacts/file";
import { removeOldSpools } from "@millrace/artifacts/s3";
import type { ArtifactStore } from "@millrace/artifacts";
import { jetstreamBus, jetstreamLease } from "@millrace/bus/jetstream";
import type { ServiceName } from "@millrace/contracts";
import { createLog, httpPeers, LOCAL_HOST_NAMES } from "@millrace/service";
import type { ServeOptions } from "@millrace/service/node";
import { type Closing, opening } from "../hosting/closing.ts";
import { hostApps, type Parts } from "../hosting/host_apps.ts";
import { requireWritableFolder } from "../writable.ts";
import { PATIENCE, tellMissingPeers } from "./missing_peers.ts";
import { reachBucket, reachNats, reachPostgres } from "./servers.ts";
import type { ServiceSettings } from "./settings.ts";

export interface ProcessOptions {
  readonly listen: ServeOptions;
  readonly scratchFolder: string;
  /** Receives log lines (JSON). */
  readonly logSink: (line: string) => void;
  readonly now: () => number;
}

export interface RunningProcess {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * Connects to the servers, brings the service's schema up to date (processes that start at once wait for each other), and runs it.
 * Other services may start later; those that have not soon are told in the log.
 * @throws {UsageError} If the folder of artifacts cannot be written to.
 * @throws If a server cannot be reached: whoever runs the process starts it again.
 */
export function startService(
  name: ServiceName,
  settings: ServiceSettings,
  { listen, scratchFolder, logSink, now }: ProcessOptions,
): Promise<RunningProcess> {
  return opening(async (closing) => {
    const { MILLRACE_CLUSTER_SECRET: clusterSecret, MILLRACE_API_KEY: apiKey, MILLRACE_PEERS: addresses } = settings;
    const { MILLRACE_METRICS_KEY: metricsKey } = settings;
    const parts = await openParts(name, settings, now, closing);
    const hostNames = [...LOCAL_HOST_NAMES, new URL(addresses[name]).hostname];
    const server = await hostApps(
      {
        mode: "distributed",
        works: true,
        names: [name],
        parts,
        access: { apiKey, user: "admin", hostNames, ...(metricsKey === undefined ? {} : { metricsKey }) },
        clusterSecret,
        peers: (token) => httpPeers(addresses, token, fetch),
        listen,
        publicAddress: settings.MILLRACE_PUBLIC_ADDRESS,
        ...(settings.MILLRACE_SOURCES === undefined ? {} : { sourcesFolder: settings.MILLRACE_SOURCES }),
        ...(settings.MILLRACE_WORKERS === undefined ? {} : { workersAt: settings.MILLRACE_WORKERS }),
        scratchFolder,
        // No two living processes listen on one port of one host: who has this name now is the heir of who had it before.
        leases: { owner: `${name}@${hostname()}:${listen.port}`, takesOver: "same owner" },
        logSink,
        now,
      },
      closing,
    );
    const { [name]: _own, ...others } = addresses;
    const leaving = new AbortController();
    closing.push(async () => leaving.abort());
    void tellMissingPeers(others, createLog({ service: name, sink: logSink, now }), PATIENCE, leaving.signal);
    return { address: server.url, stop: () => closing.closeAll() };
  });
}

async function openParts(
  name: ServiceName,
  { NATS_URL, DATABASE_URL, ...settings }: ServiceSettings,
  now: () => number,
  closing: Closing,
): Promise<Parts> {
  const artifacts = await openArtifacts(settings, now);
  const connection = await reachNats(NATS_URL, `millrace ${name}`);
  closing.push(() => connection.close());
  const bus = await jetstreamBus(connection, { now });
  closing.push(() => bus.close());
  const lease = await jetstreamLease(connection, { now });
  const database = await reachPostgres(DATABASE_URL);
  closing.push(() => database.close());
  return { bus, lease, database, artifacts };
}

async function openArtifacts(
  settings: Omit<ServiceSettings, "NATS_URL" | "DATABASE_URL">,
  now: () => number,
): Promise<ArtifactStore> {
  const { ARTIFACTS_URL: at, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  if (at.kind === "file") {
    // A store that is asked for what it has cannot tell that it will never have anything.
    await requireWritableFolder("ARTIFACTS_URL", at.folder, "make it, or mount it");
    return fileStore(at.folder);
  }
  await removeOldSpools(tmpdir(), now());
  // The settings were refused without them.
  const credentials = { accessKeyId: accessKeyId as string, secretAccessKey: secretAccessKey as string };
  return reachBucket(at, credentials);
}
