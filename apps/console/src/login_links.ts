/** One-time links that log a browser in. They live in memory: a restart voids them. */
import { hashApiKey, type Identity } from "@millrace/service";

const LIFETIME_MS = 10 * 60 * 1000;
const MOST_PENDING = 1000;

export interface LoginLinks {
  /** Makes a link for this identity. @returns Path with the token, `/login?token=…`. */
  issue(identity: Identity): Promise<string>;
  /** Uses a token up. @returns Undefined when it is unknown, used or older than ten minutes. */
  redeem(token: string): Promise<Identity | undefined>;
}

/**
 * Tokens have 256 random bits and are kept as SHA-256 only. Looking a hash up tells by its time nothing that leads to a token, so no
 * comparison of secrets is left to be timed.
 * @param now Milliseconds since 1970.
 */
export function createLoginLinks(now: () => number): LoginLinks {
  const pending = new Map<string, { readonly identity: Identity; readonly expiresAt: number }>();
  return {
    async issue(identity) {
      const token = Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join("");
      pending.set(await hashApiKey(token), { identity, expiresAt: now() + LIFETIME_MS });
      const [oldest] = pending.keys();
      if (pending.size > MOST_PENDING && oldest !== undefined) pending.delete(oldest);
      return `/login?token=${token}`;
    },
    async redeem(token) {
      const hash = await hashApiKey(token);
      const found = pending.get(hash);
      pending.delete(hash);
      return found !== undefined && found.expiresAt > now() ? found.identity : undefined;
    },
  };
}
