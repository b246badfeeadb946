import { type HttpContext, HttpError } from "@millrace/service";

/**
 * Lets only JSON pass that says it is JSON, as it is: nothing is unpacked here. A page elsewhere can make browsers send forms and plain
 * text, with whatever credentials they have, without asking first.
 * @throws {HttpError} 415 otherwise.
 */
export function requireJson({ req }: HttpContext): void {
  const type = req.header("content-type");
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    const found = type === undefined ? "none" : `"${type}"`;
    throw new HttpError(415, "unsupported_media_type", `content-type: found ${found}, wanted application/json`);
  }
  const encoding = req.header("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw new HttpError(415, "unsupported_media_type", `content-encoding: found "${encoding}", wanted none`);
}
