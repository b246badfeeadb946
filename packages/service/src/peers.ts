import type { Peers } from "./ports.ts";

/** Another service does not answer: it is starting, or gone for a moment. Nothing is wrong with what was asked; ask again later. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The services of one process: requests go to their `fetch`, without a socket, through the same checks. */
export function localPeers(
  services: () => Iterable<{ readonly name: string; fetch(request: Request): Promise<Response> }>,
  token: string,
): Peers {
  return {
    fetch(name, request) {
      for (const service of services()) {
        if (service.name === name) return service.fetch(addressed(request, "http://127.0.0.1", token));
      }
      return Promise.reject(new RangeError(`calling service "${name}": this process does not run it`));
    },
  };
}

/**
 * Services on the network.
 * @param addresses Base address of each service, e.g. `{ registry: "http://registry:8080" }`.
 * @param token This service's own token, from `serviceToken`.
 * @param fetch Sends the requests. Where it cannot, the peer's `fetch` rejects with an `UnreachableError`.
 */
export function httpPeers(
  addresses: Readonly<Record<string, string>>,
  token: string,
  fetch: (request: Request) => Promise<Response>,
): Peers {
  return {
    async fetch(name, request) {
      const address = addresses[name];
      if (address === undefined) {
        const known = Object.keys(addresses).join(", ");
        throw new RangeError(`calling service "${name}": no address is configured, found ${known}`);
      }
      try {
        return await fetch(addressed(request, address, token));
      } catch (error) {
        // Who asked has left, or has set a time that is over.
        if (request.signal.aborted) throw error;
        throw new UnreachableError(`calling service "${name}" at ${address}: it does not answer`, { cause: error });
      }
    },
  };
}

function addressed(request: Request, base: string, token: string): Request {
  const { pathname, search } = new URL(request.url);
  const copy = new Request(new URL(pathname + search, base), request);
  copy.headers.set("authorization", `Bearer ${token}`);
  return copy;
}
