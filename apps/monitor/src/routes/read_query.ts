import { problemsOf } from "@millrace/contracts";
import { type HttpContext, HttpError } from "@millrace/service";
import type { z } from "zod";

/**
 * Reads the parameters of a request's address.
 * @throws {HttpError} 400 with a list of problems if they do not fit.
 */
export function readQuery<Schema extends z.ZodType>(context: HttpContext, schema: Schema): z.infer<Schema> {
  const query = context.req.query();
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, query);
  throw new HttpError(400, "invalid_request", problems.map(({ message }) => message).join("; "), problems);
}
