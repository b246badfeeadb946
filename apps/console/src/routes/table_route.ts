import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { FORMS, sendTable, type Table } from "../exports/table.ts";

/** Adds a list at `<path>.csv` and `<path>.json`. */
export function addTable<Row>(http: Http, path: string, read: (context: HttpContext) => Promise<Table<Row>>): void {
  for (const form of FORMS) {
    http.get(`${path}.${form}`, async (context) => {
      requireSession(context);
      return sendTable(await read(context), form);
    });
  }
}

/** @throws {HttpError} 401 if nobody is logged in: a file is no page that leads to the login. */
export function requireSession(context: HttpContext): HttpContext {
  if (context.var.identity === undefined)
    throw new HttpError(401, "unauthenticated", `reading ${context.req.path}: found no session, wanted one`);
  return context;
}
