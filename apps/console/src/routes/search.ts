import { ModelList, SearchResults } from "@millrace/contracts";
import type { Http } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { searchPage } from "../pages/search.ts";
import { addPage, askRuns, traceId } from "./page_context.ts";

const MOST_WORDS = 200;
const LIMIT = 20;

/** `/search?q=<words>` */
export function searchRoutes(http: Http, assets: string): void {
  addPage(http, assets, "/search", async (context) => {
    const query = (context.req.query("q") ?? "").trim().slice(0, MOST_WORDS);
    const asked = new URLSearchParams({ q: query, limit: String(LIMIT) });
    const [list, answer, models] = await Promise.all([
      askRuns(context),
      query === "" ? undefined : ask(context, "ingestion", `/api/ingestion/search?${asked}`, SearchResults),
      ask(context, "registry", "/api/registry/models", ModelList),
    ]);
    const searched = answer && valueOf(answer)?.runId;
    const chips = (valueOf(models)?.models ?? [])
      .filter(({ latest }) => latest.runId === searched)
      .map(({ latest }) => `in ${latest.model} v${latest.version}`);
    const body = searchPage(query, answer, chips, traceId(context));
    return {
      title: query === "" ? "Search" : `${query}, search`,
      place: "search",
      body,
      runs: valueOf(list)?.runs,
      query,
    };
  });
}
