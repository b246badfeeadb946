import { SearchResults, VersionList } from "@millrace/contracts";
import type { Http, HttpContext } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { searchPage, type SeenBy } from "../pages/search.ts";
import { addPage, askRuns, type Site, traceId } from "./page_context.ts";
import { askSummary } from "./training.ts";

const LONGEST_QUERY = 200;
const LIMIT = 20;

/** `/search?q=<words>` */
export function searchRoutes(http: Http, site: Site): void {
  addPage(http, site, "/search", async (context) => {
    const query = queryOf(context);
    const asked = new URLSearchParams({ q: query, limit: String(LIMIT) });
    const [list, answer] = await Promise.all([
      askRuns(context),
      query === "" ? undefined : ask(context, "ingestion", `/api/ingestion/search?${asked}`, SearchResults),
    ]);
    const searched = answer && valueOf(answer)?.runId;
    const seenBy = searched === undefined || searched === null ? undefined : await versionsOf(context, searched);
    const body = searchPage(query, answer, seenBy, traceId(context));
    return {
      title: query === "" ? "Search" : `${query}, search`,
      place: "search",
      body,
      runs: valueOf(list)?.runs,
      query,
    };
  });
}

/** Versions that were trained on the corpus of a run, this run's or another's; undefined when that is not known. */
async function versionsOf(context: HttpContext, runId: string): Promise<SeenBy | undefined> {
  const summary = valueOf(await askSummary(context, runId));
  if (summary === undefined) return undefined;
  if (summary.corpusHash === null) return [];
  const path = `/api/registry/corpora/${summary.corpusHash}/versions`;
  return valueOf(await ask(context, "registry", path, VersionList))?.versions;
}

/** What is searched for, at a length that a person may write. */
export function queryOf(context: HttpContext): string {
  return (context.req.query("q") ?? "").trim().slice(0, LONGEST_QUERY);
}
