import { DeploymentList, ModelName, RunEvents, RunList, SearchResults } from "@millrace/contracts";
import { type Http, HttpError } from "@millrace/service";
import { ask, valueOrThrow } from "../ask.ts";
import { DEPLOYMENTS, EVENTS_OF_RUN, PASSAGES, RUNS, TRIALS, VERSIONS } from "../exports/columns.ts";
import { onePage } from "../exports/table.ts";
import { askVersions } from "./models.ts";
import { askTrials } from "./runs.ts";
import { queryOf } from "./search.ts";
import { addTable } from "./table_route.ts";

/** As many passages as a search gives. */
const MOST_PASSAGES = 50;

/** The lists of the console as CSV and as JSON, by the path of their page and with its filters. */
export function listExportRoutes(http: Http): void {
  addTable(http, "/runs", [], async (context) => {
    const { runs } = valueOrThrow(
      await ask(context, "automation", "/api/automation/runs", RunList),
      "There are no runs.",
    );
    return { name: "runs", columns: RUNS, pages: onePage(runs) };
  });
  addTable(http, "/runs/:id/events", [], async (context) => {
    const id = context.req.param("id") ?? "";
    const path = `/api/automation/runs/${encodeURIComponent(id)}/events`;
    const { events } = valueOrThrow(await ask(context, "automation", path, RunEvents), noRun(id));
    return { name: `events-${id}`, columns: EVENTS_OF_RUN, pages: onePage(events) };
  });
  addTable(http, "/runs/:id/trials", [], async (context) => {
    const id = context.req.param("id") ?? "";
    const { trials } = valueOrThrow(await askTrials(context, id), noRun(id));
    return { name: `trials-${id}`, columns: TRIALS, pages: onePage(trials) };
  });
  addTable(http, "/search", ["q"], async (context) => {
    const query = queryOf(context);
    if (query === "")
      throw new HttpError(400, "invalid_request", "reading passages: found no words, wanted ?q=<words>");
    const path = `/api/ingestion/search?${new URLSearchParams({ q: query, limit: String(MOST_PASSAGES) })}`;
    const { results } = valueOrThrow(
      await ask(context, "ingestion", path, SearchResults),
      "There is nothing to search.",
    );
    return { name: `search-${query}`, columns: PASSAGES, pages: onePage(results) };
  });
  addTable(http, "/deployments", ["model"], async (context) => {
    const answer = await ask(context, "deployer", "/api/deployer/deployments", DeploymentList);
    const { deployments } = valueOrThrow(answer, "There are no deployments.");
    const model = ModelName.safeParse(context.req.query("model")).data;
    const rows = deployments.filter((one) => model === undefined || one.model === model);
    return { name: "deployments", columns: DEPLOYMENTS, pages: onePage(rows) };
  });
  addTable(http, "/models", [], async (context) => {
    const versions = valueOrThrow(await askVersions(context), "There are no models.");
    return { name: "versions", columns: VERSIONS, pages: onePage(versions) };
  });
}

function noRun(id: string): string {
  return `There is no run "${id}" in this project.`;
}
