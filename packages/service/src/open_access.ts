import { DEFAULT_PROJECT } from "@millrace/contracts";
import { type Access, anyOf, apiKeys, hashApiKey, serviceTokens } from "./access.ts";
import type { Identity } from "./identity.ts";
import { registryKeys } from "./key_directory.ts";
import type { Peers } from "./ports.ts";
import { registryLimits } from "./project_limits.ts";

/** Secrets of an installation, and how it is reached. */
export interface AccessOptions {
  readonly clusterSecret: string;
  /** The installation's own key: its holder is an admin of the default project, and may make projects. */
  readonly apiKey: string;
  /** Key that opens the metrics of all projects and nothing else. */
  readonly metricsKey?: string;
  /** What that holder is called. */
  readonly user: string;
  /** Without ports, that requests may be addressed to. */
  readonly hostNames: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Lets in services that know the cluster secret, whoever has the installation's key, and holders of keys of the registry. */
export async function openAccess(options: AccessOptions): Promise<(peers: Peers) => Access> {
  const { clusterSecret, apiKey, metricsKey, user, hostNames, now } = options;
  const owner: Identity = { name: user, project: DEFAULT_PROJECT, role: "admin", ofInstallation: true };
  const watcher: Identity = {
    name: "metrics",
    project: DEFAULT_PROJECT,
    role: "viewer",
    scopes: ["read"],
    readsMetrics: true,
  };
  const ownKeyHash = await hashApiKey(apiKey);
  const holders = new Map([[ownKeyHash, owner]]);
  if (metricsKey !== undefined) holders.set(await hashApiKey(metricsKey), watcher);
  const own = anyOf(
    serviceTokens(clusterSecret),
    apiKeys(async (hash) => holders.get(hash)),
  );
  return (peers) => {
    const keys = registryKeys(peers, now);
    const limitsOf = registryLimits(peers, now);
    return { authenticate: anyOf(own, apiKeys(keys.byHash, "mlr_")), hostNames, keys, ownKeyHash, limitsOf };
  };
}
