import { closest } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { FORMS, sendTable, type Table } from "../exports/table.ts";

/**
 * Adds a list at `<path>.csv` and `<path>.json`.
 * @param parameters That narrow the list; any other is refused.
 */
export function addTable<Row>(
  http: Http,
  path: string,
  parameters: readonly string[],
  read: (context: HttpContext) => Promise<Table<Row>>,
): void {
  for (const form of FORMS) {
    http.get(`${path}.${form}`, async (context) => {
      requireExport(context, parameters);
      return sendTable(await read(context), form);
    });
  }
}

/**
 * Lets a request for a file pass: a filter that is not known would give a file of something else than was asked for.
 * @param parameters Of the address, that are known.
 * @throws {HttpError} 401 if nobody is logged in: a file is no page that leads to the login. 400 for other parameters.
 */
export function requireExport(context: HttpContext, parameters: readonly string[]): HttpContext {
  const { path } = context.req;
  if (context.var.identity === undefined)
    throw new HttpError(401, "unauthenticated", `reading ${path}: found no session, wanted one`);
  const unknown = Object.keys(context.req.query()).find((name) => !parameters.includes(name));
  if (unknown === undefined) return context;
  const meant = closest(unknown, parameters);
  const wanted = parameters.length === 0 ? "none" : `only ${parameters.join(", ")}`;
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  const found = JSON.stringify(unknown.slice(0, 60));
  throw new HttpError(400, "invalid_request", `reading ${path}: found parameter ${found}, wanted ${wanted}${hint}`);
}
