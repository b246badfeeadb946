/** The edge to workerd: a service's HTTP side in an isolate. */
import type { ServiceName } from "@millrace/contracts";
import type { Service } from "../service.ts";
import { type EdgeRuntime, edgeRuntime } from "./edge_runtime.ts";

export type { EdgeRuntime } from "./edge_runtime.ts";

/** What workerd gives: settings as text, other things by the kind of their binding. */
export type Bindings = Readonly<Record<string, unknown>>;

/** A module that workerd runs. */
export interface Worker {
  fetch(request: Request, bindings: Bindings): Promise<Response>;
}

/**
 * @param make Puts the service together, once an isolate.
 */
export function workerOf(name: ServiceName, make: (runtime: EdgeRuntime, bindings: Bindings) => Service): Worker {
  let service: Service | undefined;
  return {
    async fetch(request, bindings) {
      if (service === undefined) {
        // Requests may not wait for each other here. Of several that come first, one makes the service that all use.
        const runtime = await edgeRuntime(name, bindings, "per request");
        service ??= make(runtime, bindings);
      }
      return service.fetch(request);
    },
  };
}
