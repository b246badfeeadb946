/** Errors of `/v1/*` in OpenAI's form, which its clients turn into typed errors. */
import { HttpError } from "@millrace/service";
import { z } from "zod";
import { ReplicaLostError, ReplicaRefusedError, ReplicaUnavailableError } from "./gateway/replica_errors.ts";

/** Body of an error. */
export const OpenAiError = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    /** The request's parameter that is at fault. */
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
type OpenAiError = z.infer<typeof OpenAiError>;

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

/** A refusal in OpenAI's form. */
export function openAiRefusal({ status, code, message, problems, headers }: HttpError): Response {
  const body = openAiError(status, code, message, problems[0]?.path || null);
  const isBusy = status === 429 || status === 503;
  return Response.json(body, {
    status,
    headers: { ...(isBusy ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {}), ...headers },
  });
}
