/** Errors of `/v1/*` in OpenAI's form, which its clients turn into typed errors. */
import { ApiError } from "@millrace/contracts";
import { HttpError } from "@millrace/service";
import { ReplicaLostError, ReplicaRefusedError, ReplicaUnavailableError } from "./gateway/replica_errors.ts";

/** Body of an error. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The request's parameter that is at fault. */
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** Seconds after which asking again is worth it. */
const RETRY_AFTER_SECONDS = 1;

/**
 * The refusal that an error of a replica stands for; other errors are given back as they are.
 * @param promptParameter The request's parameter that holds the prompt.
 */
export function refusalOfReplica(error: unknown, promptParameter: string): unknown {
  if (error instanceof ReplicaUnavailableError) return new HttpError(503, "model_unavailable", error.message);
  if (error instanceof ReplicaLostError) return new HttpError(503, "replica_lost", error.message);
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new HttpError(503, "model_unavailable", "waiting for a replica of the model: none was ready in time");
  }
  if (!(error instanceof ReplicaRefusedError)) return error;
  if (error.code === "generation_failed") return new HttpError(500, error.code, error.message);
  const message = error.message.replace(/^logitBias/, "logit_bias");
  const path = message.startsWith("logit_bias") ? "logit_bias" : promptParameter;
  return new HttpError(400, error.code, message, [{ path, message }]);
}

function openAiError(status: number, code: string, message: string, param: string | null): OpenAiError {
  const types: Readonly<Record<number, string>> = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
  };
  const type = types[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
  return { error: { message, type, param, code: status === 401 ? "invalid_api_key" : code } };
}

/**
 * Body for an error in the middle of a stream, whose status was sent long ago.
 * @param traceId Of the request, as the log has it.
 */
export function streamErrorBody(error: unknown, promptParameter: string, traceId: string): OpenAiError {
  const refusal = refusalOfReplica(error, promptParameter);
  if (!(refusal instanceof HttpError)) {
    return openAiError(500, "internal", `generating failed; the log has more under trace id ${traceId}`, null);
  }
  return openAiError(refusal.status, refusal.code, refusal.message, refusal.problems[0]?.path ?? null);
}

/** Puts an answer of this service that is an ApiError into OpenAI's form; one without a body, to HEAD, stays as it is. */
export async function inOpenAiForm(response: Response): Promise<Response> {
  if (response.status < 400 || response.body === null) return response;
  const { error } = ApiError.parse(await response.json());
  const body = openAiError(response.status, error.code, error.message, error.problems?.[0]?.path || null);
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const isBusy = response.status === 429 || response.status === 503;
  if (isBusy && !headers.has("retry-after")) headers.set("retry-after", String(RETRY_AFTER_SECONDS));
  return new Response(JSON.stringify(body), { status: response.status, headers });
}
