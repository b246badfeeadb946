/** The edge to Node: sockets and child processes. Dull on purpose. */
import { serve } from "@hono/node-server";
import type { AddressInfo, Server } from "node:net";

export { type ChildProcess, hearLines, startChild } from "./child_process.ts";
export type { BackUp, NodeRuntime, NodeService } from "./node_runtime.ts";

export interface HttpServer {
  /** `http://<host>:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets answers finish for `graceMs` (default 2,000), then cuts what is left, e.g. live streams. */
  close(graceMs?: number): Promise<void>;
}

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Default 127.0.0.1: this machine only. */
  readonly hostname?: string;
}

/**
 * Listens for HTTP.
 * @throws {Error} If the address cannot be had, e.g. EADDRINUSE.
 */
export async function serveHttp(
  fetch: (request: Request) => Promise<Response>,
  options: ServeOptions,
): Promise<HttpServer> {
  const hostname = options.hostname ?? "127.0.0.1";
  const [server, { port }] = await new Promise<[Server & { closeAllConnections?: () => void }, AddressInfo]>(
    (resolve, reject) => {
      const listening = serve({ fetch, port: options.port, hostname }, (address) =>
        resolve([listening as Server, address]),
      );
      listening.once("error", reject);
    },
  );
  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    port,
    close: (graceMs = 2000) =>
      new Promise((resolve, reject) => {
        const cut = setTimeout(() => server.closeAllConnections?.(), graceMs);
        server.close((error) => {
          clearTimeout(cut);
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}
