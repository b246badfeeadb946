const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/**
 * A `fetch` that bears with services which are being started again: for a minute it repeats a request that only reads and that found
 * nobody, or a server with a fault.
 * @param tell Says once, in words, that it waits.
 */
export function patient(
  fetch: (url: URL, init: RequestInit) => Promise<Response>,
  tell: (message: string) => void,
): (url: URL, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const reads = (init.method ?? "GET") === "GET";
    for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
      const last = !reads || waitedMs >= PATIENCE_MS;
      try {
        const response = await fetch(url, init);
        if (response.status < 500 || last) return response;
      } catch (error) {
        if (last) throw new Error(`asking ${url.origin}: it does not answer`, { cause: error });
      }
      if (waitedMs === 0) tell(`${url.origin} does not answer ${url.pathname} now; trying again for a minute`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
}
