import { DEFAULT_PROJECT } from "@millrace/contracts";
import { type Access, anyOf, apiKeys, hashApiKey, serviceTokens } from "@millrace/service";

/**
 * Lets in services that know the cluster secret, and whoever has the one API key, as its admin.
 * @param user What the key's owner is called.
 * @param hostNames Without ports, that requests may be addressed to.
 */
export async function keyAndTokens(
  clusterSecret: string,
  apiKey: string,
  user: string,
  hostNames: readonly string[],
): Promise<Access> {
  const keyHash = await hashApiKey(apiKey);
  const admin = { name: user, project: DEFAULT_PROJECT, role: "admin" as const };
  const authenticate = anyOf(
    serviceTokens(clusterSecret),
    apiKeys(async (hash) => (hash === keyHash ? admin : undefined)),
  );
  return { authenticate, hostNames };
}
