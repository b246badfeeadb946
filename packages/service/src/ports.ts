import type { ArtifactStore } from "@millrace/artifacts";
import type { EventBus } from "@millrace/bus";
import type { Database } from "@millrace/database";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What every service is given. What only one app needs (a process spawner, a model runner) is a further argument of that app. */
export interface Ports {
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  readonly bus: EventBus;
  readonly peers: Peers;
  readonly log: Log;
  /** Of this process: kept over all scopes. */
  readonly metrics: Metrics;
  /** The clock: milliseconds since 1970. */
  now(): number;
}

/** The other services, reached only over HTTP and read only through the schemas of contracts. */
export interface Peers {
  /**
   * Sends a request to a service, with this service's own credentials added.
   * @param service A service's name, e.g. `registry`.
   * @param request Only path, method, headers and body count; the host is replaced. Set `millrace-project` to act in a project.
   */
  fetch(service: string, request: Request): Promise<Response>;
}

/** Ports for one request, one delivery or one attempt of a job. */
export interface PortScope {
  readonly ports: Ports;
  /** Gives them back. Absent where the runtime pools them and nothing is to be done. */
  readonly close?: () => Promise<void>;
}

/** Opens ports for one scope: an edge isolate may not share sockets between requests, Node and Deno hand out pooled ones. */
export type OpenPorts = () => Promise<PortScope>;

/** Runs `work` with ports of its own scope and gives them back whatever happens. */
export async function withPorts<Result>(open: OpenPorts, work: (ports: Ports) => Promise<Result>): Promise<Result> {
  const scope = await open();
  try {
    return await work(scope.ports);
  } finally {
    await scope.close?.();
  }
}
