import type { Peers } from "./ports.ts";

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
 * @param fetch Sends the requests.
 */
export function httpPeers(
  addresses: Readonly<Record<string, string>>,
  token: string,
  fetch: (request: Request) => Promise<Response>,
): Peers {
  return {
    fetch(name, request) {
      const address = addresses[name];
      if (address === undefined) {
        const known = Object.keys(addresses).join(", ");
        return Promise.reject(new RangeError(`calling service "${name}": no address is configured, found ${known}`));
      }
      return fetch(addressed(request, address, token));
    },
  };
}

function addressed(request: Request, base: string, token: string): Request {
  const { pathname, search } = new URL(request.url);
  const copy = new Request(new URL(pathname + search, base), request);
  copy.headers.set("authorization", `Bearer ${token}`);
  return copy;
}
