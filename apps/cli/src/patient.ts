const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
const RECONNECTIONS = 4;

type Send = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * A `fetch` that bears with services which are being started again: for a minute it repeats a request that only reads and that found
 * nobody, or a server with a fault.
 * @param tell Says once, in words, that it waits.
 */
export function patient(fetch: Send, tell: (message: string) => void): Send {
  return async (url, init) => {
    const reads = (init.method ?? "GET") === "GET";
    for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
      const last = !reads || waitedMs >= PATIENCE_MS;
      try {
        const response = await fetch(url, init);
        if (response.status < 500 || last) return response;
      } catch (error) {
        if (last) throw unanswered(url, error);
      }
      if (waitedMs === 0) tell(`${url.origin} does not answer ${url.pathname} now; trying again for a minute`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
}

/** A `fetch` of this machine: for two seconds it repeats a request that only reads and whose connection broke. */
export function reconnecting(fetch: Send): Send {
  return async (url, init) => {
    for (let left = (init.method ?? "GET") === "GET" ? RECONNECTIONS : 0; ; left--) {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (left === 0) throw unanswered(url, error, GONE);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
}

/** A command may follow a run of a process that another command started, and that ends with its own. */
const GONE =
  "the process that served it has ended, and its runs wait; millrace status tells how far they came, and millrace run --resume goes on with the newest";

/**
 * What `fetch` says is "fetch failed"; why stands in its cause.
 * @param refused What it means where nobody listens at the address any more.
 */
function unanswered(url: URL, error: unknown, refused?: string): Error {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message;
  const found = `asking ${url.origin}: it does not answer${why === undefined ? "" : ` (${why})`}`;
  return new Error(refused !== undefined && why === "ECONNREFUSED" ? `${found}; ${refused}` : found, { cause: error });
}
