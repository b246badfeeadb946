import { HttpError } from "./http_error.ts";

/** Characters of one part of an address; the longest that is meant to be written is the path of a file. */
const LONGEST = 4096;

/**
 * Refuses addresses that can name nothing, once and not at every route: with bytes that are no UTF-8, with the character NUL, which no
 * text of Postgres has, or with parts longer than anything that is kept.
 * @param url As it was sent, percent-encoded.
 * @throws {HttpError} 404 if the path is to blame, 400 if the query is.
 */
export function refuseUnreadable(url: string): void {
  const { pathname, search } = new URL(url);
  for (const segment of pathname.split("/")) {
    const fault = faultOf(segment);
    if (fault !== undefined) throw new HttpError(404, "not_found", `reading the path: found ${fault}, wanted a name`);
  }
  for (const pair of search.slice(1).split("&")) {
    const [name = "", ...value] = pair.replaceAll("+", " ").split("=");
    const fault = faultOf(name) ?? faultOf(value.join("="));
    if (fault === undefined) continue;
    const where = faultOf(name) === undefined ? decodeURIComponent(name) : "the query";
    throw new HttpError(
      400,
      "invalid_request",
      `${where}: expected text of at most ${LONGEST} characters, found ${fault}`,
    );
  }
}

function faultOf(encoded: string): string | undefined {
  let text;
  try {
    text = decodeURIComponent(encoded);
  } catch {
    return "bytes that are no UTF-8";
  }
  if (text.includes("\0")) return "the character NUL";
  return text.length > LONGEST ? `${text.length} characters` : undefined;
}
