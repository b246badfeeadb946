import { sortedLinesAfter } from "@millrace/artifacts";
import {
  type DocumentList,
  type DropReport,
  DroppedDocument,
  type DroppedList,
  ListedDocument,
  type RunReport,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, needs } from "@millrace/service";
import { countErasing } from "../erasing.ts";
import { linesOf } from "../json_artifacts.ts";
import { LeftDocument } from "../passed_document.ts";
import { corpusOf, reportOf, shardsOf } from "../runs_store.ts";
import { isUnder } from "../source_breakdown.ts";
import { listsOf, requireCorpus, RUN, scopeOf, underOf } from "./corpus_lines.ts";
import { limitOf, pageAfter } from "./paging.ts";

/** What came of the documents of a run. */
export function reportRoutes(http: Http): void {
  http.get(`${RUN}/report`, needs("viewer", "read"), async (context) => {
    const { db, project, runId } = scopeOf(context);
    const found = await reportOf(db, project, runId);
    if (!found)
      throw new HttpError(404, "not_found", `looking for the report of run "${runId}": it has read nothing yet`);
    const erasing = found.final ? await countErasing(db, context.var.artifacts, project, runId) : 0;
    return context.json({ runId, ...found, ...(erasing > 0 && { erasing }) } satisfies RunReport);
  });

  http.get(`${RUN}/dropped`, needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 50, 200);
    const { reason, after } = context.req.query();
    const under = await underOf(context);
    const { db, project, runId } = scopeOf(context);
    const corpus = await corpusOf(db, project, runId);
    if (corpus && under === "" && reason === undefined) {
      const { dropped, report } = corpus.manifest;
      const page: DroppedDocument[] = [];
      for await (const line of sortedLinesAfter(context.var.artifacts, dropped, after)) {
        page.push(DroppedDocument.parse(line));
        if (page.length === limit) break;
      }
      return context.json({ documents: page, total: leftOut(report) } satisfies DroppedList);
    }
    const page = pageAfter<DroppedDocument>(after, limit);
    let total = 0;
    for await (const document of droppedOf(context)) {
      if (!isUnder(document.source, under) || (reason !== undefined && !isOf(document, reason))) continue;
      total += 1;
      page.offer(document);
    }
    const documents = page.taken();
    return context.json({ documents, total } satisfies DroppedList);
  });

  http.get(`${RUN}/documents`, needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 50, 200);
    const { after, licence: wanted } = context.req.query();
    const under = await underOf(context);
    const corpus = await requireCorpus(context);
    const { documents: list } = listsOf(corpus);
    const isAll = under === "" && wanted === undefined;
    const documents: DocumentList["documents"] = [];
    let total = isAll ? corpus.manifest.report.kept : 0;
    // Counting what a filter lets through takes the whole list; a page of all documents takes a page of it.
    for await (const line of sortedLinesAfter(context.var.artifacts, list, isAll ? after : undefined)) {
      const { licence = "", ...document } = ListedDocument.parse(line);
      if (!isUnder(document.source, under) || (wanted !== undefined && licence !== wanted)) continue;
      if (!isAll) total += 1;
      if (documents.length < limit && (after === undefined || document.id > after)) documents.push(document);
      if (isAll && documents.length === limit) break;
    }
    return context.json({ documents, total } satisfies DocumentList);
  });
}

/** What was left out of a run, also while it is still being cleaned. */
async function* droppedOf(context: HttpContext): AsyncGenerator<DroppedDocument> {
  const { db, project, runId } = scopeOf(context);
  const corpus = await corpusOf(db, project, runId);
  const { artifacts } = context.var;
  if (corpus) return yield* linesOf(artifacts, corpus.manifest.dropped, DroppedDocument);
  for (const { dropped } of await shardsOf(db, project, runId)) {
    for await (const { whole: _, ...document } of linesOf(artifacts, dropped, LeftDocument)) yield document;
  }
}

function leftOut({ duplicates, quarantined, dropped }: DropReport): number {
  return Object.values(dropped).reduce((sum, documents) => sum + documents, duplicates + quarantined);
}

/** Whether a document was left out for a reason; `quarantined` names all that could not be read, whatever the cause. */
function isOf(document: DroppedDocument, reason: string): boolean {
  if (reason === "quarantined") return document.stage === "quarantine";
  return document.reasons.some(({ code }) => code === reason);
}
