/** Reads from the other services. What may go wrong is data: each part of a page fails on its own. */
import { ApiError } from "@millrace/contracts";
import { actingFor, type HttpContext, HttpError } from "@millrace/service";
import type { z } from "zod";

/** Shown to the user where the answer would have stood. */
export interface Failure {
  readonly tried: string;
  readonly found: string;
}
export type Answer<Value> =
  | { readonly kind: "found"; readonly value: Value }
  /** `found`: what the service said of it. */
  | { readonly kind: "missing"; readonly found: string }
  /** `refused`: with what status and code the service would not. Undefined: it could not be read. */
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly refused: { readonly status: number; readonly code: string } | undefined;
    };

/** Where a page asks nothing, as there is nothing to ask about. */
export const NOT_ASKED = { kind: "missing", found: "nothing was asked" } as const;

const TIMEOUT_MS = 10_000;

/**
 * Asks a service in the project of the session.
 * @param path From `/api/` on.
 */
export function ask<Schema extends z.ZodType>(
  context: HttpContext,
  service: string,
  path: string,
  schema: Schema,
): Promise<Answer<z.infer<Schema>>> {
  return answer(context, service, `reading ${path}`, path, {}, schema);
}

/**
 * Asks a service to do something, for the user of the session: the service refuses what their role does not allow.
 * @param body Sent as JSON; undefined sends none.
 */
export function tell<Schema extends z.ZodType>(
  context: HttpContext,
  service: string,
  path: string,
  body: unknown,
  schema: Schema,
  method: "POST" | "PUT" | "DELETE" = "POST",
): Promise<Answer<z.infer<Schema>>> {
  const headers = { "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return answer(context, service, `sending ${method} ${path}`, path, init, schema);
}

/**
 * Hands a file of a service on as it comes, in the project of the session.
 * @returns The service's own answer, a refusal too.
 */
export function handOn(context: HttpContext, service: string, path: string): Promise<Response> {
  const { ports, identity, traceparent } = context.var;
  const headers = { ...actingFor(identity), traceparent };
  return ports.peers.fetch(
    service,
    new Request(new URL(path, "http://peer"), { headers, signal: context.req.raw.signal }),
  );
}

async function answer<Schema extends z.ZodType>(
  context: HttpContext,
  service: string,
  tried: string,
  path: string,
  init: RequestInit,
  schema: Schema,
): Promise<Answer<z.infer<Schema>>> {
  const { ports, identity, traceparent } = context.var;
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(actingFor(identity))) headers.set(name, value);
  headers.set("traceparent", traceparent);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await ports.peers.fetch(
      service,
      new Request(new URL(path, "http://peer"), { ...init, headers, signal }),
    );
    const body: unknown = await response.json();
    if (response.ok) {
      const parsed = schema.safeParse(body);
      if (parsed.success) return { kind: "found", value: parsed.data };
      const [problem] = parsed.error.issues;
      const found = `${service} answered in a form unknown to this console: ${problem?.path.join(".")}: ${problem?.message}`;
      return { kind: "failed", failure: { tried, found }, refused: undefined };
    }
    const refusal = ApiError.safeParse(body);
    const found = refusal.success ? refusal.data.error.message : `${service} answered with status ${response.status}`;
    if (response.status === 404) return { kind: "missing", found };
    const { status } = response;
    // A sender whom the service does not know is this console, and not the user.
    const code = refusal.success ? refusal.data.error.code : "peer_failed";
    return {
      kind: "failed",
      failure: { tried, found },
      refused: status < 500 && status !== 401 ? { status, code } : undefined,
    };
  } catch (error) {
    ports.log.warn("a service does not answer", { peer: service, path, error });
    const found = `${service} does not answer (${error instanceof Error ? error.message : String(error)})`;
    return { kind: "failed", failure: { tried, found }, refused: undefined };
  }
}

/** The value, or undefined: for what a page can do without. */
export function valueOf<Value>(answer: Answer<Value>): Value | undefined {
  return answer.kind === "found" ? answer.value : undefined;
}

/**
 * The value, for answers that are nothing without it.
 * @param missing Said when there is no such thing; default: the service's own words.
 * @throws {HttpError} 404 if it is missing, with the service's own status and code if it refused, 502 if it could not be read.
 */
export function valueOrThrow<Value>(answer: Answer<Value>, missing?: string): Value {
  if (answer.kind === "found") return answer.value;
  if (answer.kind === "missing") throw new HttpError(404, "not_found", missing ?? answer.found);
  const { tried, found } = answer.failure;
  const { status, code } = answer.refused ?? { status: 502, code: "peer_failed" };
  throw new HttpError(status, code, `${tried}: ${found}`);
}
