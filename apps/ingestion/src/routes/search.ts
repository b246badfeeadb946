import type { SearchResults } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { hasRead, newestRun } from "../runs_store.ts";
import { search } from "../search.ts";
import { limitOf } from "./paging.ts";

const LONGEST_QUERY = 500;

/** Search over the documents of a run, from the moment its first shard is cleaned. */
export function searchRoutes(http: Http): void {
  http.get("/api/ingestion/search", needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 10, 50);
    const query = (context.req.query("q") ?? "").toWellFormed();
    if (query.trim() === "" || query.length > LONGEST_QUERY) {
      const wanted = `expected words, at most ${LONGEST_QUERY} characters`;
      throw new HttpError(400, "invalid_request", `q: ${wanted}, found ${query.length}`);
    }
    const db = context.var.ports.database.drizzle;
    const { project } = context.var.identity;
    const named = context.req.query("run");
    if (named !== undefined && !(await hasRead(db, project, named))) {
      throw new HttpError(404, "not_found", `searching run "${named}": there is none, or it has read nothing yet`);
    }
    const runId = named ?? (await newestRun(db, project)) ?? null;
    const found = runId === null ? { total: 0, results: [] } : await search(db, project, runId, query, limit);
    return context.json({ query, runId, ...found } satisfies SearchResults);
  });
}
