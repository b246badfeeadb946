/** Requests to a hub that follow redirects no further than they may. */
import { BaseModelError } from "./base_folder.ts";

/** A hub, and what it is told. */
export interface HubAddress {
  /** `https://huggingface.co`, or a mirror; no path. */
  readonly endpoint: URL;
  /** Sent to the endpoint alone, never where it redirects to. */
  readonly token: string | undefined;
}

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** Hosts that are written as addresses, and names of this machine or network alone, with a root's dot or without: content is never kept there. */
const ADDRESS = /^(?:[\d.]+|\[.*\]|[^.]+|.*\.(?:localhost|local|internal))\.?$/;

/** Whether a token may be sent there: what is not encrypted must not leave the machine. */
export function mayHoldToken({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || LOOPBACK.test(hostname);
}

/**
 * Asks for a path of the hub. Large files lie elsewhere: the hub redirects to a host of its choice. That host is asked over https, by a
 * public name, and without the token; whether what comes is what was wanted is for the caller to see.
 * @param path Begins with a slash.
 * @throws {BaseModelError} If nothing answers, or the redirects lead where they must not.
 */
export async function follow(
  hub: HubAddress,
  path: string,
  init: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  send: Fetch,
): Promise<Response> {
  let url = new URL(path, hub.endpoint);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const isHub = url.origin === hub.endpoint.origin;
    const authorization = isHub && hub.token !== undefined ? { authorization: `Bearer ${hub.token}` } : {};
    const headers = { "user-agent": "millrace", "accept-encoding": "identity", ...init.headers, ...authorization };
    const response = await send(url, { ...init, headers, redirect: "manual" }).catch((cause: unknown) => {
      init.signal.throwIfAborted();
      throw new BaseModelError(`${url.host} does not answer`, { cause, mayPass: true });
    });
    if (!REDIRECTS.includes(response.status)) return response;
    await response.body?.cancel();
    url = nextOf(url, response.headers.get("location"), hub.endpoint);
  }
  throw new BaseModelError(`${hub.endpoint.host} redirects more than ${MOST_REDIRECTS} times`);
}

function nextOf(from: URL, location: string | null, endpoint: URL): URL {
  const next = location === null ? null : URL.parse(location, from);
  if (next === null) throw new BaseModelError(`${from.host} redirects to no address`);
  if (next.origin === endpoint.origin) return next;
  if (next.protocol === "https:" && !ADDRESS.test(next.hostname) && next.username === "") return next;
  throw new BaseModelError(`${from.host} redirects to ${next.protocol}//${next.host}, wanted https and a public name`);
}
