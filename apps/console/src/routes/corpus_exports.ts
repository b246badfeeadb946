import { ClusterList, DocumentList, type DroppedDocument, DroppedList } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { ask, valueOrThrow } from "../ask.ts";
import { DOCUMENTS, DROPPED, type DroppedFor, DUPLICATES, type Duplicate } from "../exports/columns.ts";
import { onePage, pagesOf } from "../exports/table.ts";
import { addTable } from "./table_route.ts";

/** Rows that are asked for at once. */
const PAGE = 200;

/** What is in a corpus and what was left out, as CSV and as JSON: of `?run=<id>`, narrowed as the page narrows it. */
export function corpusExportRoutes(http: Http): void {
  addTable(http, "/corpus/documents", ["run", "under", "licence"], async (context) => {
    const [run, base] = corpusOf(context);
    const pages = pagesOf(
      PAGE,
      async (after) => {
        const { under, licence } = context.req.query();
        const path = `${base}/documents?${queryOf({ after, under, licence })}`;
        return valueOrThrow(await ask(context, "ingestion", path, DocumentList), noCorpus(run)).documents;
      },
      ({ id }) => id,
    );
    return { name: `documents-${run}`, columns: DOCUMENTS, pages };
  });
  addTable(http, "/corpus/dropped", ["run", "under", "reason"], async (context) => {
    const [run, base] = corpusOf(context);
    const asked = context.req.query("reason");
    const reason = asked === "any" ? undefined : asked;
    const documents = pagesOf(
      PAGE,
      async (after) => {
        const { under } = context.req.query();
        const path = `${base}/dropped?${queryOf({ after, under, reason })}`;
        return valueOrThrow(await ask(context, "ingestion", path, DroppedList), noCorpus(run)).documents;
      },
      ({ id }) => id,
    );
    return { name: `dropped-${reason ?? "all"}-${run}`, columns: DROPPED, pages: byReason(documents, reason) };
  });
  addTable(http, "/corpus/duplicates", ["run"], async (context) => {
    const [run, base] = corpusOf(context);
    const path = `${base}/clusters?limit=${PAGE}`;
    const { clusters } = valueOrThrow(await ask(context, "ingestion", path, ClusterList), noCorpus(run));
    const rows = clusters.flatMap((cluster) => cluster.members.map((member): Duplicate => ({ cluster, member })));
    return { name: `duplicates-${run}`, columns: DUPLICATES, pages: onePage(rows) };
  });
}

/**
 * The run whose corpus is meant, and where ingestion answers for it.
 * @throws {HttpError} 400 if none is named.
 */
export function corpusOf(context: HttpContext): readonly [string, string] {
  const run = context.req.query("run");
  if (run === undefined)
    throw new HttpError(400, "invalid_request", `reading ${context.req.path}: found no run, wanted ?run=<id>`);
  return [run, `/api/ingestion/runs/${encodeURIComponent(run)}`];
}

function queryOf(filters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, value);
  return query;
}

/** With a filter, a document stands for the reason that was asked for and not for its others. */
async function* byReason(
  pages: AsyncIterable<readonly DroppedDocument[]>,
  wanted: string | undefined,
): AsyncGenerator<readonly DroppedFor[]> {
  for await (const documents of pages) {
    yield documents.flatMap((document): DroppedFor[] => {
      const own = document.reasons.filter(({ code }) => code === wanted);
      const reasons = own.length > 0 ? own : document.reasons;
      return reasons.length === 0 ? [{ document, reason: undefined }] : reasons.map((reason) => ({ document, reason }));
    });
  }
}

function noCorpus(run: string): string {
  return `Run "${run}" has no finished corpus in this project.`;
}
