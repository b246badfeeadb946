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
  /** The form of the other gateway's errors at this path. */
  readonly errors: z.ZodType;
}

/**
 * Sends a request to the same path of another gateway. What comes back, errors too, is given on as it comes.
 * @param upstream Base address of a gateway with replicas.
 * @throws {HttpError} 503 `model_unavailable` if that one cannot be reached, or something else answers there; 508 `loop_detected` if
 * the request was passed on before; 499 if the client leaves.
 */
export async function passOn(context: HttpContext, upstream: string, passed: Passed): Promise<Response> {
  const { method, path, raw } = context.req;
  const attempt = `${passed.what}: passing ${method} ${path} on to ${upstream} (MILLRACE_UPSTREAM)`;
  if (context.req.header(PASSED_ON) !== undefined) {
    const found = "found a request that a gateway without replicas has passed on to here, where there are none either";
    throw new HttpError(508, "loop_detected", `${attempt}: ${found}; wanted that one's MILLRACE_UPSTREAM to have some`);
  }
  // Passed on as it comes, so it must come unpacked.
  const own = { [PASSED_ON]: "1", traceparent: context.var.traceparent, "accept-encoding": "identity" };
  let answer: Response;
  let refusal: string | undefined;
  try {
    answer = await fetch(new URL(path, upstream), {
      method,
      headers: { ...picked(raw.headers, ASKED_WITH), ...own },
      ...(passed.body === undefined ? {} : { body: passed.body }),
      // Whoever answers instead would be shown the key.
      redirect: "manual",
      signal: raw.signal,
    });
    if (!answer.ok) refusal = await answer.text();
  } catch (error) {
    if (raw.signal.aborted) throw CLIENT_GONE;
    context.var.log.warn("the gateway with replicas does not answer", { upstream, error });
    throw new HttpError(503, "model_unavailable", `${attempt}: it does not answer`);
  }
  const { status } = answer;
  const headers = picked(answer.headers, ANSWERED_WITH);
  if (refusal === undefined) return new Response(answer.body, { status, headers });
  if (passed.errors.safeParse(jsonOf(refusal)).success) return new Response(refusal, { status, headers });
  context.var.log.warn("no gateway answers where one with replicas should be", { upstream, status });
  throw new HttpError(503, "model_unavailable", `${attempt}: found status ${status}, wanted the answer of a gateway`);
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
