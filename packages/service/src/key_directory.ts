/** Who holds an API key, as the registry says: asked for over HTTP, remembered for moments. */
import { VerifiedKey, type VerifyKey } from "@millrace/contracts";
import type { Identity } from "./identity.ts";
import { remembering } from "./memory.ts";
import type { Peers } from "./ports.ts";
import { UnreachableError } from "./peers.ts";

/** Undefined for keys that are unknown, expired or revoked. */
export interface KeyDirectory {
  byHash(hash: string): Promise<Identity | undefined>;
  byId(id: string): Promise<Identity | undefined>;
}

/** A revoked key is refused everywhere after this time in ms at most. */
export const KEY_MEMORY_MS = 3000;
/**
 * Asks the registry. When it is away, keys that were not looked up within `KEY_MEMORY_MS` cannot be judged, and nobody is let in by one.
 * @param now Milliseconds since 1970.
 * @throws {UnreachableError} From each lookup, when the registry does not answer.
 */
export function registryKeys(peers: Peers, now: () => number): KeyDirectory {
  const byHash = remembering((hash) => verify(peers, { hash }), KEY_MEMORY_MS, now);
  const byId = remembering((id) => verify(peers, { id }), KEY_MEMORY_MS, now);
  return { byHash, byId };
}

async function verify(peers: Peers, asked: VerifyKey): Promise<Identity | undefined> {
  const request = new Request("http://registry/api/registry/keys/verify", {
    method: "POST",
    body: JSON.stringify(asked),
    headers: { "content-type": "application/json" },
  });
  const answer = await peers.fetch("registry", request);
  if (!answer.ok) throw new UnreachableError(`verifying an API key: the registry answered ${answer.status}`);
  const { holder } = VerifiedKey.parse(await answer.json());
  if (holder === null) return undefined;
  const { id, ...identity } = holder;
  return { ...identity, keyId: id };
}
