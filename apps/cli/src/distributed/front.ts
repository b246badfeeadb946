/** The one address that users reach: leads each request to the service whose path it is, and knows no secret. */
import { ApiError } from "@millrace/contracts";
import { checkHost, createLog, HttpError } from "@millrace/service";
import { serveHttp } from "@millrace/service/node";
import { serviceOfPath } from "../hosting/routing.ts";
import { PATIENCE, tellMissingPeers } from "./missing_peers.ts";
import type { FrontSettings } from "./settings.ts";
import type { ProcessOptions, RunningProcess } from "./service_process.ts";

/** Headers that are about one connection, not about the message, and those that `fetch` sets itself. */
const OF_CONNECTION = ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"];
const SET_ANEW = ["host", "content-length", "expect", "accept-encoding"];

/** Starts the front. */
export async function startFront(
  settings: FrontSettings,
  { listen, logSink, now }: Omit<ProcessOptions, "scratchFolder">,
): Promise<RunningProcess> {
  const log = createLog({ service: "front", sink: logSink, now });
  const server = await serveHttp(async (request) => {
    try {
      return await passOn(request, settings);
    } catch (error) {
      if (error instanceof HttpError) return refusal(error);
      const { pathname } = new URL(request.url);
      if (!request.signal.aborted) log.warn("a service does not answer", { path: pathname, error });
      return refusal(new HttpError(502, "unreachable", `${serviceOfPath(pathname)} does not answer now; try again`));
    }
  }, listen);
  const leaving = new AbortController();
  void tellMissingPeers(settings.MILLRACE_PEERS, log, PATIENCE, leaving.signal);
  const stop = (): Promise<void> => {
    leaving.abort();
    return server.close();
  };
  return { address: server.url, stop };
}

async function passOn(request: Request, settings: FrontSettings): Promise<Response> {
  const { MILLRACE_PEERS: addresses, MILLRACE_PUBLIC_ADDRESS: own } = settings;
  const { pathname, search } = new URL(request.url);
  // Of this process: a service's own health is asked where it listens.
  if (pathname === "/healthz" || pathname === "/readyz") return Response.json({ status: "ok" });
  checkHost(request, [new URL(own).hostname], own);
  const address = addresses[serviceOfPath(pathname)];
  const headers = without([...OF_CONNECTION, ...SET_ANEW], request.headers);
  // Passed on as it comes, so it must come unpacked.
  headers.set("accept-encoding", "identity");
  // Checked here against what browsers see, so that a service need not know about TLS and names in front of it.
  if (headers.has("origin")) headers.set("origin", request.headers.get("origin") === own ? address : "null");
  const answer = await untilLeft(request.signal, (signal) =>
    fetch(new URL(pathname + search, address), {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
      signal,
      duplex: "half",
    } as RequestInit),
  );
  const { status, statusText } = answer;
  return new Response(answer.body, { status, statusText, headers: without(OF_CONNECTION, answer.headers) });
}

/** Gives a request up when its sender leaves before there is an answer. Later on, leaving cancels the answer's body. */
async function untilLeft<Result>(left: AbortSignal, ask: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const giveUp = new AbortController();
  const leave = (): void => giveUp.abort(left.reason);
  left.addEventListener("abort", leave);
  try {
    return await ask(giveUp.signal);
  } finally {
    left.removeEventListener("abort", leave);
  }
}

function without(names: readonly string[], headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}

function refusal({ status, code, message }: HttpError): Response {
  return Response.json({ error: { code, message } } satisfies ApiError, { status });
}
