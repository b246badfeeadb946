import { s3Store } from "@millrace/artifacts/s3";
import { websocketBus } from "@millrace/bus/websocket";
import { NO_LIMITS, type ServiceName } from "@millrace/contracts";
import { openPostgres } from "@millrace/database/postgres";
import { type Access, LOCAL_HOST_NAMES, serviceToken } from "../access.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { openAccess } from "../open_access.ts";
import { httpPeers } from "../peers.ts";
import type { PortScope } from "../ports.ts";
import { edgeSettings } from "./edge_settings.ts";
import type { NodeRuntime } from "./node_runtime.ts";

/** What a runtime without child processes and files of its own gives to a service's HTTP side. */
export type EdgeRuntime = Omit<NodeRuntime, "scratchFolder" | "sourcesFolder" | "workersAt">;

/** `pooled`: one set of ports for all requests. `per request`: none outlives the request that opened it. */
export type PortLife = "pooled" | "per request";

/**
 * Opens nothing yet: ports connect with the first request.
 * @param environment Variables or bindings with the settings.
 * @throws {Error} If a setting is missing or wrong.
 */
export async function edgeRuntime(
  name: ServiceName,
  environment: Readonly<Record<string, unknown>>,
  life: PortLife,
): Promise<EdgeRuntime> {
  const settings = edgeSettings(name, environment);
  const { MILLRACE_CLUSTER_SECRET: clusterSecret, MILLRACE_PEERS: addresses, ARTIFACTS_URL: at } = settings;
  const now = Date.now;
  const log = createLog({ service: name, sink: console.log, now });
  const metrics = createMetrics();
  const peers = httpPeers(addresses, await serviceToken(clusterSecret, name), fetch);
  const credentials = { accessKeyId: settings.AWS_ACCESS_KEY_ID, secretAccessKey: settings.AWS_SECRET_ACCESS_KEY };
  const { endpoint, bucket, prefix, region } = at;
  const artifacts = s3Store({ endpoint, bucket, prefix, credentials, ...(region === undefined ? {} : { region }) });

  function openScope(): PortScope {
    const database = openPostgres(settings.DATABASE_URL, life === "pooled" ? {} : { maxConnections: 1 });
    const bus = websocketBus({ ...settings.NATS_URL, name: `millrace ${name}` }, { now });
    return {
      ports: { database, artifacts, bus, peers, log, metrics, now },
      async close() {
        await bus.close();
        await database.close();
      },
    };
  }

  const pooled = life === "pooled" ? { ports: openScope().ports } : undefined;
  const own = [addresses[name], settings.MILLRACE_PUBLIC_ADDRESS].map((address) => new URL(address).hostname);
  const accessBy = await openAccess({
    clusterSecret,
    apiKey: settings.MILLRACE_API_KEY,
    user: "admin",
    hostNames: [...LOCAL_HOST_NAMES, ...own],
    now,
  });
  return {
    mode: "distributed",
    openPorts: async () => pooled ?? openScope(),
    access: life === "pooled" ? accessBy(peers) : forgetful(() => accessBy(peers)),
    clusterSecret,
    publicAddress: () => settings.MILLRACE_PUBLIC_ADDRESS,
    log,
    metrics,
    now,
  };
}

/** Without the memory of keys: what it remembers is answers that are under way, which a request may not share with others here. */
function forgetful(open: () => Access): Access {
  const { hostNames, ownKeyHash } = open();
  return {
    hostNames,
    ...(ownKeyHash === undefined ? {} : { ownKeyHash }),
    authenticate: (request) => open().authenticate(request),
    keys: { byHash: async (hash) => open().keys?.byHash(hash), byId: async (id) => open().keys?.byId(id) },
    limitsOf: async (project) => (await open().limitsOf?.(project)) ?? NO_LIMITS,
  };
}
