import type { ServiceName } from "@millrace/contracts";
import type { Access } from "./access.ts";
import type { ServiceInternals } from "./effect.ts";
import type { Subscription } from "./handler.ts";
import { createHttp, type Http, type HttpOptions, type Needs, statedNeeds } from "./http.ts";
import type { JobKind } from "./job.ts";
import type { OpenPorts } from "./ports.ts";
import type { Schedule } from "./schedule.ts";
import { serviceTables } from "./tables.ts";
import { createWakeup } from "./wakeup.ts";

/** A route that a service answers. */
export interface ServiceRoute {
  readonly method: string;
  /** Such as `/api/registry/models/:name`. */
  readonly path: string;
  /** Undefined where it states none: see `needs`. */
  readonly needs: Needs | undefined;
}

/** One app, ready to be served and run: everything but the sockets, the loops and the process. */
export interface Service {
  readonly name: ServiceName;
  /** Answers a request; needs no server. */
  fetch(request: Request): Promise<Response>;
  readonly routes: readonly ServiceRoute[];
  readonly subscriptions: readonly Subscription[];
  readonly jobs: readonly JobKind[];
  readonly schedules: readonly Schedule[];
  readonly auditsEvents: boolean;
  readonly openPorts: OpenPorts;
  /** For the runners of this package. */
  readonly internals: ServiceInternals;
}

export interface ServiceDefinition extends Partial<
  Pick<HttpOptions, "routes" | "isPublic" | "maxBodyBytes" | "answerRefusal" | "namesInPassing">
> {
  readonly name: ServiceName;
  readonly subscriptions?: readonly Subscription[];
  readonly jobs?: readonly JobKind[];
  readonly schedules?: readonly Schedule[];
  /** Set by one service of all: it parks the messages that no subscription hears. */
  readonly auditsEvents?: true;
}

/**
 * Puts a service together. An app's `createService(openPorts, access)` is a call of this.
 * @param open Opens ports per request, delivery and attempt of a job.
 * @param access Guards its HTTP side.
 * @throws {RangeError} If two handlers, jobs or schedules have the same name.
 */
export function defineService(definition: ServiceDefinition, open: OpenPorts, access: Access): Service {
  const { name, subscriptions = [], jobs = [], schedules = [], routes = () => {} } = definition;
  refuseDoubles(
    name,
    "handler",
    subscriptions.map((subscription) => subscription.name),
  );
  refuseDoubles(
    name,
    "job",
    jobs.map((job) => job.kind),
  );
  refuseDoubles(
    name,
    "schedule",
    schedules.map((schedule) => schedule.name),
  );
  const internals: ServiceInternals = { name, tables: serviceTables(name), jobsChanged: createWakeup() };
  // Services of one process share a log: each line says whose it is.
  const openPorts: OpenPorts = async () => {
    const { ports, ...scope } = await open();
    return { ...scope, ports: { ...ports, log: ports.log.with({ service: name }) } };
  };
  const http = createHttp({ ...definition, service: internals, access, openPorts, routes });
  return {
    name,
    fetch: async (request) => http.fetch(request),
    routes: routesOf(http),
    subscriptions,
    jobs,
    schedules,
    auditsEvents: definition.auditsEvents ?? false,
    openPorts,
    internals,
  };
}

function routesOf(http: Http): ServiceRoute[] {
  const found = new Map<string, ServiceRoute>();
  for (const { method, path, handler } of http.routes) {
    if (method === "ALL" && path.endsWith("/*")) continue;
    const key = `${method} ${path}`;
    found.set(key, { method, path, needs: statedNeeds(handler) ?? found.get(key)?.needs });
  }
  return [...found.values()];
}

function refuseDoubles(service: string, what: string, names: readonly string[]): void {
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined)
    throw new RangeError(`defining service ${service}: found two of ${what} "${double}", wanted one`);
}
