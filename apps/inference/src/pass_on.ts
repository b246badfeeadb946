/** Passes requests that were checked on to a gateway that has replicas. */
import { type HttpContext, HttpError } from "@millrace/service";
import type { z } from "zod";
import { CLIENT_GONE } from "./client_gone.ts";

/** Tells the next gateway that this request was passed on already. */
const PASSED_ON = "millrace-passed-on";

/** Of a request: who asks, for whom, in which trace, what for. The other gateway decides by them too. */
const ASKED_WITH = ["authorization", "content-type", "millrace-project", "millrace-acting", "millrace-synthetic"];
const ANSWERED_WITH = ["content-type", "cache-control", "retry-after", "x-millrace-version"];

/** A request to pass on. */
export interface Passed {
  /** In words, for errors: `completing with docs@1`. */
  readonly what: string;
  /** JSON. */
  readonly body?: string;
  /** Whether a status of success with these headers is a gateway's: a page to sign in comes with one too. */
  readonly isAnswer: (headers: Headers) => boolean;
  /** The form of the other gateway's errors at this path. */
  readonly errors: z.ZodType;
  /** Longest wait for the headers of the answer, in milliseconds. Those of an answer that is no stream come with its end. */
  readonly patienceMs: number;
}

/**
 * Sends a request to the same path of another gateway, and gives the ports of this one back. What comes back, errors too, is given on as
 * it comes. Errors do not tell whoever has a key where that gateway is: the log does.
 * @param upstream Base address of a gateway with replicas.
 * @throws {HttpError} 503 `model_unavailable` if that one cannot be reached, does not begin to answer in time, or something else answers
 * there; 508 `loop_detected` if the request was passed on before; 499 if the client leaves.
 */
export async function passOn(context: HttpContext, upstream: string, passed: Passed): Promise<Response> {
  const { method, path, raw } = context.req;
  const refusal = (status: number, code: string, found: string, more: object = {}): HttpError => {
    const at = { method, path, upstream, setting: "MILLRACE_UPSTREAM" };
    context.var.log.warn("passing a request on failed", { ...at, found, ...more });
    return new HttpError(status, code, `${passed.what}: passing it on to a gateway with replicas: ${found}`);
  };
  if (context.req.header(PASSED_ON) !== undefined) {
    const found = "found a request that one without replicas has passed on to here, where there are none either";
    throw refusal(508, "loop_detected", found);
  }
  // A connection to the database would be held for as long as the answer takes.
  await context.var.closePorts();
  // Passed on as it comes, so it must come unpacked.
  const own = { [PASSED_ON]: "1", traceparent: context.var.traceparent, "accept-encoding": "identity" };
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), passed.patienceMs);
  let answer: Response;
  let refused: string | undefined;
  try {
    answer = await fetch(new URL(path, upstream), {
      method,
      headers: { ...picked(raw.headers, ASKED_WITH), ...own },
      ...(passed.body === undefined ? {} : { body: passed.body }),
      // Whoever answers instead would be shown the key.
      redirect: "manual",
      signal: AbortSignal.any([raw.signal, late.signal]),
    });
    if (!answer.ok && method !== "HEAD") refused = await answer.text();
  } catch (error) {
    if (raw.signal.aborted) throw CLIENT_GONE;
    const found = late.signal.aborted ? `no answer began within ${passed.patienceMs / 1000} s` : "it does not answer";
    throw refusal(503, "model_unavailable", found, { error });
  } finally {
    clearTimeout(timer);
  }
  const { status } = answer;
  if (isGateways(answer, refused, passed)) {
    return new Response(refused ?? answer.body, { status, headers: picked(answer.headers, ANSWERED_WITH) });
  }
  if (refused === undefined) await answer.body?.cancel();
  throw refusal(503, "model_unavailable", `found status ${status} of something else, wanted the answer of a gateway`);
}

/** @param refused The body of an answer that is no success; undefined for one to HEAD, which only its status tells. */
function isGateways({ ok, status, headers }: Response, refused: string | undefined, passed: Passed): boolean {
  if (ok) return passed.isAnswer(headers);
  return refused === undefined ? status >= 400 : passed.errors.safeParse(jsonOf(refused)).success;
}

function picked(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
