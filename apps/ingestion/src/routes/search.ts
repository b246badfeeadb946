import type { SearchResults } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { newestRun } from "../runs_store.ts";
import { search } from "../search.ts";
import { limitOf } from "./paging.ts";

const LONGEST_QUERY = 500;

/** Search over the documents of a run, from the moment its first shard is cleaned. */
export function searchRoutes(http: Http): void {
  http.get("/api/ingestion/search", needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 10, 50);
    const query = (context.req.query("q") ?? "").replaceAll("\0", " ").toWellFormed();
    if (query.length > LONGEST_QUERY) {
      throw new HttpError(
        400,
        "invalid_request",
        `q: expected at most ${LONGEST_QUERY} characters, found ${query.length}`,
      );
    }
    const db = context.var.ports.database.drizzle;
    const { project } = context.var.identity;
    const runId = context.req.query("run") ?? (await newestRun(db, project)) ?? null;
    const found = runId === null ? { total: 0, results: [] } : await search(db, project, runId, query, limit);
    return context.json({ query, runId, ...found } satisfies SearchResults);
  });
}
