import { type HttpContext, HttpError } from "@millrace/service";

/**
 * Reads `limit` from the query.
 * @throws {HttpError} 400 if it is no integer from 1 to `most`.
 */
export function limitOf(context: HttpContext, preset: number, most: number): number {
  const written = context.req.query("limit");
  if (written === undefined) return preset;
  const limit = Number(written);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new HttpError(400, "invalid_request", `limit: expected an integer from 1 to ${most}, found "${written}"`);
  }
  return limit;
}
