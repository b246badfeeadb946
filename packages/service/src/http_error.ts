import { ApiError, type Problem } from "@millrace/contracts";
import { ArtifactNotFoundError } from "@millrace/artifacts";
import { HTTPException } from "hono/http-exception";
import { UnreachableError } from "./peers.ts";

/** An expected refusal: thrown by a route, answered with its status, code and message. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** Stable, for programs: `not_found`, `conflict`, … */
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(status: number, code: string, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
  }
}

/** The refusal that an error stands for, or undefined if it is our fault: then nothing of it is shown to the sender. */
export function refusalOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof ArtifactNotFoundError) return new HttpError(404, "not_found", error.message);
  if (error instanceof UnreachableError) return new HttpError(503, "unreachable", error.message);
  if (error instanceof HTTPException) return new HttpError(error.status, "invalid_request", error.message);
  return undefined;
}

/** Body of an error answer of `/api/*`. */
export function apiErrorBody(refusal: HttpError, traceId: string): ApiError {
  const { code, message, problems } = refusal;
  return { error: { code, message, traceId, ...(problems.length === 0 ? {} : { problems: [...problems] }) } };
}
