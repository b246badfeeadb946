/** The edge to Deno: a service's HTTP side in a process. */
import type { ServiceName } from "@millrace/contracts";
import type { Service } from "../service.ts";
import { type EdgeRuntime, edgeRuntime } from "./edge_runtime.ts";

export type { EdgeRuntime } from "./edge_runtime.ts";

/** The part of Deno that is used. */
declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  serve(options: { hostname: string; port: number }, handler: (request: Request) => Promise<Response>): unknown;
};

/**
 * Serves until the process ends, at `HOST` (127.0.0.1 if not set) and `PORT` (4100).
 * @throws {Error} If a setting is missing or wrong.
 */
export async function serveOnDeno(
  name: ServiceName,
  make: (runtime: EdgeRuntime) => Service | Promise<Service>,
): Promise<void> {
  const environment = Deno.env.toObject();
  const service = await make(await edgeRuntime(name, environment, "pooled"));
  Deno.serve({ hostname: environment["HOST"] ?? "127.0.0.1", port: Number(environment["PORT"] ?? 4100) }, (request) =>
    service.fetch(request),
  );
}
