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
  /** Of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    problems: readonly Problem[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
    this.headers = headers;
  }
}

/** The refusal that an error stands for, or undefined if it is our fault: then nothing of it is shown to the sender. */
export function refusalOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof ArtifactNotFoundError) return new HttpError(404, "not_found", error.message);
  if (error instanceof UnreachableError) return new HttpError(503, "unreachable", error.message);
  if (error instanceof HTTPException) return new HttpError(error.status, "invalid_request", error.message);
  return refusalOfDatabase(error);
}

/** What a request may hold and no row can: SQLSTATEs of Postgres, which alone knows where all of a request ends up. */
const UNSTORABLE: Readonly<Record<string, string>> = {
  "22021": "text with the character NUL",
  "22P05": "text with the character NUL",
  "22003": "a number larger than the largest that is kept",
};

function refusalOfDatabase(error: unknown): HttpError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = "code" in at && typeof at.code === "string" ? at.code : "";
    if (!Object.hasOwn(UNSTORABLE, code)) continue;
    return new HttpError(400, "invalid_request", `reading the request: found ${UNSTORABLE[code]}, which nothing has`);
  }
  return undefined;
}

/** Body of an error answer of `/api/*`. */
export function apiErrorBody(refusal: HttpError, traceId: string): ApiError {
  const { code, message, problems } = refusal;
  return { error: { code, message, traceId, ...(problems.length === 0 ? {} : { problems: [...problems] }) } };
}
