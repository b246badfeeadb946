import { hostname } from "node:os";
import { connectTcp } from "@millrace/collective/tcp";
import { createLog } from "@millrace/service";
import { serveHttp, type ServeOptions } from "@millrace/service/node";
import { serveWorker } from "../workers/serve_worker.ts";
import { findArithmetic } from "./arithmetic_process.ts";
import { processNodes } from "./supervisor.ts";

/** What a worker needs. */
export interface WorkerOptions {
  /** Where the trainer waits for workers. */
  readonly trainer: { readonly host: string; readonly port: number };
  /** The cluster secret. */
  readonly secret: string;
  /** Where its health is asked; the other nodes of a run reach the one on this machine at the same address, on ports of its own. */
  readonly listen: ServeOptions & { readonly hostname: string };
  /** Receives log lines (JSON). */
  readonly logSink: (line: string) => void;
  readonly now: () => number;
}

/**
 * Lends this machine to a trainer, for a node at a time. `/healthz` answers while it runs, and `/readyz` with 200 while it has its trainer.
 * @throws {Error} If the address to listen on cannot be had.
 */
export async function startWorker(options: WorkerOptions): Promise<{ address: string; stop(): Promise<void> }> {
  const { trainer, secret, listen, logSink, now } = options;
  const { info } = createLog({ service: "worker", sink: logSink, now });
  const fingerprint = await findArithmetic();
  const leaving = new AbortController();
  let isLinked = false;
  const server = await serveHttp((request) => {
    const { pathname } = new URL(request.url);
    const isHealthy = pathname === "/healthz" || (pathname === "/readyz" && isLinked);
    const status = isHealthy ? 200 : pathname === "/readyz" ? 503 : 404;
    return Promise.resolve(Response.json({ status: isHealthy ? "ok" : "unavailable" }, { status }));
  }, listen);
  const serving = serveWorker({
    name: `${hostname()}:${server.port}`,
    fingerprint,
    trainer,
    secret,
    connect: connectTcp,
    nodesFor: (request) => processNodes({ ...request, secret, nodes: 1, host: listen.hostname }),
    onLinked: (linked) => void (isLinked = linked),
    log: (message) => info(message),
    signal: leaving.signal,
  });
  return {
    address: server.url,
    async stop() {
      leaving.abort();
      await serving;
      await server.close();
    },
  };
}
