import { DEFAULT_PROJECT } from "@millrace/contracts";
import { type Access, anyOf, apiKeys, hashApiKey, type Identity, serviceTokens } from "./access.ts";
import { registryKeys } from "./key_directory.ts";
import type { Peers } from "./ports.ts";

/** Secrets of an installation, and how it is reached. */
export interface AccessOptions {
  readonly clusterSecret: string;
  /** The installation's own key: its holder is an admin of the default project, and may make projects. */
  readonly apiKey: string;
  /** What that holder is called. */
  readonly user: string;
  /** Without ports, that requests may be addressed to. */
  readonly hostNames: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Lets in services that know the cluster secret, whoever has the installation's key, and holders of keys of the registry. */
export async function openAccess(options: AccessOptions): Promise<(peers: Peers) => Access> {
  const { clusterSecret, apiKey, user, hostNames, now } = options;
  const keyHash = await hashApiKey(apiKey);
  const owner: Identity = { name: user, project: DEFAULT_PROJECT, role: "admin", ofInstallation: true };
  const own = anyOf(
    serviceTokens(clusterSecret),
    apiKeys(async (hash) => (hash === keyHash ? owner : undefined)),
  );
  return (peers) => {
    const keys = registryKeys(peers, now);
    return { authenticate: anyOf(own, apiKeys(keys.byHash, "mlr_")), hostNames, keys };
  };
}
