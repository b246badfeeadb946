/** The HTTP side of a service: guarded, traced, scoped to one project, with errors put into words in one place. */
import type { Artifacts } from "@millrace/artifacts";
import { NO_LIMITS, problemsOf, type ProjectLimits, type Role, type Scope, SCOPES } from "@millrace/contracts";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { matchedRoutes, routePath } from "hono/route";
import type { z } from "zod";
import type { Access } from "./access.ts";
import { hasRole, type Identity } from "./identity.ts";
import type { ServiceInternals } from "./effect.ts";
import { apiErrorBody, HttpError, refusalOf } from "./http_error.ts";
import type { Log } from "./log.ts";
import { unready } from "./readiness.ts";
import { METRICS_TYPE } from "./metrics.ts";
import { namedArtifacts } from "./named_artifacts.ts";
import type { OpenPorts, Ports } from "./ports.ts";
import { refuseUnreadable } from "./readable_address.ts";
import { HTTP_REQUESTS, HTTP_SECONDS } from "./service_metrics.ts";
import { traceIdOf, traceparentOf } from "./trace.ts";

export interface HttpVariables {
  readonly ports: Ports;
  /**
   * Gives database, bus and store back before the answer has ended, for a route that needs them no more and takes long. Once, however
   * often it is called.
   */
  readonly closePorts: () => Promise<void>;
  readonly service: ServiceInternals;
  /** Absent on public paths only. */
  readonly identity: Identity;
  /** The artifacts of the sender's project. */
  readonly artifacts: Artifacts;
  /** Asks what the sender's project may use at most. */
  readonly limits: () => Promise<ProjectLimits>;
  readonly log: Log;
  readonly traceparent: string;
}
export type HttpEnv = { Variables: HttpVariables };
export type Http = Hono<HttpEnv>;
export type HttpContext = Context<HttpEnv>;

export interface HttpOptions {
  readonly service: ServiceInternals;
  readonly access: Access;
  readonly openPorts: OpenPorts;
  /** Adds the routes, by full path: `/api/<service>/…`. */
  readonly routes: (http: Http) => void;
  /** Paths that need no credentials, e.g. a login page. */
  readonly isPublic?: (path: string) => boolean;
  /** Largest request body. Default 8 MiB. */
  readonly maxBodyBytes?: number;
  /** Tables of the service that name artifacts without needing them: these may go. Default: none. */
  readonly namesInPassing?: readonly string[];
  /** Answers a refusal in a way of its own, such as a page; undefined leaves it to the default, `ApiError`. */
  readonly answerRefusal?: (context: HttpContext, refusal: HttpError) => Response | Promise<Response> | undefined;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const HEALTH_PATHS = ["/healthz", "/readyz"];

/** Makes the HTTP application of a service, with `/healthz` (the process runs), `/readyz` (what it stands on answers) and `/metrics`. */
export function createHttp(options: HttpOptions): Http {
  const http: Http = new Hono<HttpEnv>();
  const refuse = (context: HttpContext, refusal: HttpError): Response | Promise<Response> => {
    const own = options.answerRefusal?.(context, refusal);
    if (own !== undefined) return own;
    const body = apiErrorBody(refusal, traceIdOf(context.var.traceparent) ?? "");
    return Response.json(body, { status: refusal.status, headers: { ...refusal.headers } });
  };

  http.onError((error, context) => {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return refuse(context, refusal);
    const { method, path } = context.req;
    // Absent when opening the ports is what failed.
    context.var.log?.error("request failed", { method, path, error });
    const trace = traceIdOf(context.var.traceparent);
    return refuse(
      context,
      new HttpError(500, "internal", `${method} ${path} failed; the log has more under trace id ${trace}`),
    );
  });
  http.notFound((context) => {
    const { method, path } = context.req;
    const allowed = methodsOf(http, path);
    if (allowed.length === 0) {
      return refuse(context, new HttpError(404, "not_found", `${method} ${path}: no such resource`));
    }
    const message = `${method} ${path}: found method ${method}, wanted ${allowed.join(" or ")}`;
    return refuse(context, new HttpError(405, "method_not_allowed", message, [], { allow: allowed.join(", ") }));
  });

  http.use(async (context, next) => {
    const id = crypto.randomUUID();
    context.set("traceparent", traceparentOf(id, context.req.header("traceparent")));
    await next();
    context.header("x-request-id", traceIdOf(context.var.traceparent));
    context.header("x-content-type-options", "nosniff");
  });
  http.use(async (context, next) => {
    const scope = await options.openPorts();
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => (closing ??= scope.close?.());
    context.set("ports", scope.ports);
    context.set("closePorts", close);
    context.set("service", options.service);
    context.set("log", scope.ports.log.with({ traceId: traceIdOf(context.var.traceparent) }));
    const startMs = scope.ports.now();
    await next();
    measure(context, scope.ports.now() - startMs);
    if (scope.close !== undefined) context.res = await closedAfterBody(context.res, close);
  });
  http.get("/healthz", (context) => context.json({ status: "ok" }));
  http.get("/readyz", async (context) => {
    const missing = await unready(context.var.ports);
    if (missing.length === 0) return context.json({ status: "ready" });
    for (const { what, error } of missing) context.var.log.warn("not ready", { what, error });
    const reason = missing.map(({ what }) => `${what} does not answer`).join(", ");
    return context.json({ status: "not ready", reason }, 503);
  });
  http.use(async (context, next) => {
    const { path } = context.req;
    if (!HEALTH_PATHS.includes(path)) {
      checkHost(context.req.raw, options.access.hostNames);
      const identity = await options.access.authenticate(context.req.raw);
      if (identity?.readsMetrics && path !== "/metrics")
        throw new HttpError(403, "forbidden", `${path}: found a key for metrics, wanted one for the API`);
      if (identity !== undefined) {
        context.set("identity", identity);
        context.set("limits", async () => (await options.access.limitsOf?.(identity.project)) ?? NO_LIMITS);
        context.set("artifacts", context.var.ports.artifacts.forProject(identity.project));
      } else if (options.isPublic?.(path) !== true) {
        throw unauthenticated(context);
      }
      refuseUnreadable(context.req.raw.url);
      if (options.isPublic?.(path) !== true) denyUnstated(context);
    }
    await next();
  });
  http.use(
    bodyLimit({
      maxSize: options.maxBodyBytes ?? MAX_BODY_BYTES,
      onError: (context) => {
        const limit = options.maxBodyBytes ?? MAX_BODY_BYTES;
        throw new HttpError(413, "too_large", `${context.req.path}: the body is larger than ${limit} bytes`);
      },
    }),
  );
  http.get("/metrics", needs("viewer", "read"), (context) => {
    const { identity, ports } = context.var;
    const ofAll = identity.isService === true || identity.readsMetrics === true;
    const text = ports.metrics.text(ofAll ? undefined : identity.project);
    return context.body(text, 200, { "content-type": METRICS_TYPE });
  });
  http.get(`/api/${options.service.name}/named-artifacts`, needs("admin", "admin"), async (context) => {
    const { identity, ports, service } = context.var;
    const inPassing = options.namesInPassing ?? [];
    return context.json(await namedArtifacts(ports.database.drizzle, service.name, identity.project, inPassing));
  });
  options.routes(http);
  return http;
}

/**
 * Reads a JSON body.
 * @throws {HttpError} 400 with a list of problems if it is no JSON or does not fit.
 */
export async function readJson<Schema extends z.ZodType>(
  context: HttpContext,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = textOf(await context.req.arrayBuffer());
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    // The engine's words tell what it found, and where.
    const found = text === "" ? "nothing" : `${text.length} characters of something else: ${(error as Error).message}`;
    throw new HttpError(400, "invalid_request", `reading the body: wanted JSON, found ${found}`);
  }
  if (HALF_PAIR.test(text)) refuseHalfPairs(body);
  return fitting(body, schema);
}

function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(
      400,
      "invalid_request",
      "reading the body: found bytes that are not UTF-8, wanted JSON in UTF-8",
    );
  }
}

/** An escape that may be half of a character: UTF-8 cannot hold one alone, and what writes it puts something else in its place. */
const HALF_PAIR = /\\u[dD][89A-Fa-f]/;

/** @throws {HttpError} 400 for a text or name with half a character in it, by the key of the body that holds it. */
function refuseHalfPairs(body: unknown): void {
  for (const [path, value] of Object.entries(Object(body) as object)) {
    // A stack of its own: a body may be deeper than calls can go.
    const open: unknown[] = [path, value];
    while (open.length > 0) {
      const one = open.pop();
      if (typeof one === "string" ? one.isWellFormed() : typeof one !== "object" || one === null) continue;
      if (typeof one === "string") {
        const message = `${path}: found half of a surrogate pair, wanted whole characters`;
        throw new HttpError(400, "invalid_request", message, [{ path, message }]);
      }
      for (const [key, inner] of Object.entries(one as object)) open.push(key, inner);
    }
  }
}

/**
 * Reads the parameters of a request's address.
 * @throws {HttpError} 400 with a list of problems if they do not fit.
 */
export function readQuery<Schema extends z.ZodType>(context: HttpContext, schema: Schema): z.infer<Schema> {
  return fitting(context.req.query(), schema);
}

function fitting<Schema extends z.ZodType>(value: unknown, schema: Schema): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, value, schema);
  throw new HttpError(400, "invalid_request", problems.map(({ message }) => message).join("; "), problems);
}

/** What a route needs of who asks. */
export interface Needs {
  readonly role: Role;
  readonly scopes: readonly Scope[];
}
const STATED = new WeakMap<object, Needs>();

/** What a handler was made to need by `needs`; undefined for other handlers. */
export function statedNeeds(handler: object): Needs | undefined {
  return STATED.get(handler);
}

/**
 * States what a route needs, before its handler: `http.get(path, needs("viewer", "read"), …)`. Whoever has not this role or a higher
 * one, and all of these scopes, is refused. A route that states nothing is for admins of every scope.
 */
export function needs(role: Role, ...scopes: readonly Scope[]): MiddlewareHandler<HttpEnv> {
  const check: MiddlewareHandler<HttpEnv> = async (context, next) => {
    requireRole(context, role, ...scopes);
    await next();
  };
  STATED.set(check, { role, scopes });
  return check;
}

/**
 * Lets only senders of this role or a higher one, with all of these scopes, pass.
 * @throws {HttpError} 403 otherwise; 401 for a sender without credentials, whom public paths let come this far.
 */
export function requireRole(context: HttpContext, role: Role, ...scopes: readonly Scope[]): void {
  const identity: Identity | undefined = context.var.identity;
  if (identity === undefined) throw unauthenticated(context);
  const missing = scopes.filter((scope) => identity.scopes?.includes(scope) === false);
  if (hasRole(identity, role) && missing.length === 0) return;
  const found = `role ${identity.role} with scopes ${identity.scopes?.join(", ") ?? "all"}`;
  const wanted = `role ${role}${scopes.length === 0 ? "" : ` with scope ${scopes.join(" and ")}`}`;
  throw new HttpError(403, "forbidden", `${context.req.method} ${context.req.path}: found ${found}, wanted ${wanted}`);
}

/** What is missing: a key, or a key that is good. */
function unauthenticated({ req }: HttpContext): HttpError {
  const wanted = "wanted an Authorization header with an API key: Bearer <key>";
  const written = req.header("authorization") ?? "";
  const found =
    written === ""
      ? "found no credentials"
      : /^Bearer \S+$/i.test(written)
        ? "found a key that is not known here, or has expired or been revoked"
        : "found an Authorization header of another form";
  return new HttpError(401, "unauthenticated", `${found}, ${wanted}`);
}

/** Methods that something at this path answers to; a handler for every path says nothing about this one. */
function methodsOf(http: Http, path: string): string[] {
  return METHODS.filter((method) => {
    const [handlers] = http.router.match(method === "HEAD" ? "GET" : method, path);
    return handlers.some(([[, route]]) => route.method !== "ALL" && route.path !== "/*");
  });
}

/** Forgetting to state what a route needs must not open it. */
function denyUnstated(context: HttpContext): void {
  const handlers = matchedRoutes(context).filter(({ method }) => method !== "ALL");
  if (handlers.length === 0 || handlers.some(({ handler }) => STATED.has(handler))) return;
  requireRole(context, "admin", ...SCOPES);
}

function measure(context: HttpContext, durationMs: number): void {
  const { ports, service, identity } = context.var;
  const { method } = context.req;
  // The last pattern that fits is the route's own; without a route it is that of the checks around all routes.
  const labels = { service: service.name, project: identity?.project ?? "", method, route: routePath(context, -1) };
  ports.metrics.add(HTTP_REQUESTS, { ...labels, status: String(context.res.status) });
  ports.metrics.observe(HTTP_SECONDS, labels, durationMs / 1000);
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

/**
 * Lets only requests pass that are addressed to this server and, where they change something, come from its own pages or from none.
 * @param hostNames Without ports.
 * @param ownOrigin Of the pages. Default: where the request is addressed to, which is wrong behind a proxy that ends TLS.
 * @throws {HttpError} 421 or 403 otherwise.
 */
export function checkHost(request: Request, hostNames: readonly string[], ownOrigin?: string): void {
  const url = new URL(request.url);
  if (!hostNames.includes(url.hostname)) {
    throw new HttpError(421, "wrong_host", `found host "${url.hostname}", wanted one of ${hostNames.join(", ")}`);
  }
  const wanted = ownOrigin ?? url.origin;
  const origin = request.headers.get("origin");
  if (origin !== null && !SAFE_METHODS.includes(request.method) && origin !== wanted) {
    throw new HttpError(
      403,
      "wrong_origin",
      `found origin "${origin}", wanted requests from ${wanted} or from no page`,
    );
  }
}

async function closedAfterBody(response: Response, close: () => Promise<void>): Promise<Response> {
  if (response.body === null) {
    await close();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      await close();
    },
    async cancel(reason) {
      await reader.cancel(reason);
      await close();
    },
  });
  return new Response(body, response);
}
