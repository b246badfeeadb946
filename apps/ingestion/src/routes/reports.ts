import {
  CorpusDocument,
  type DocumentList,
  DroppedDocument,
  type DroppedList,
  type RunReport,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { bytesOf } from "../counts.ts";
import { corpusOf, reportOf, shardsOf } from "../runs_store.ts";
import { isUnder } from "../source_breakdown.ts";
import { linesOf, requireCorpus, RUN, scopeOf } from "./corpus_lines.ts";
import { limitOf, pageAfter } from "./paging.ts";

/** What came of the documents of a run. */
export function reportRoutes(http: Http): void {
  http.get(`${RUN}/report`, async (context) => {
    const { db, project, runId } = scopeOf(context);
    const found = await reportOf(db, project, runId);
    if (!found)
      throw new HttpError(404, "not_found", `looking for the report of run "${runId}": it has read nothing yet`);
    return context.json({ runId, ...found } satisfies RunReport);
  });

  http.get(`${RUN}/dropped`, async (context) => {
    const limit = limitOf(context, 50, 200);
    const { reason, after, under = "" } = context.req.query();
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

  http.get(`${RUN}/documents`, async (context) => {
    const limit = limitOf(context, 50, 200);
    const { after, under = "", licence: wanted } = context.req.query();
    const corpus = await requireCorpus(context);
    let total = 0;
    const page = pageAfter<DocumentList["documents"][number]>(after, limit);
    for (const shard of corpus.manifest.shards) {
      for await (const document of linesOf(context.var.artifacts, shard.documents, CorpusDocument)) {
        const { id, source, title, language, split, text, redactions, licence = "" } = document;
        if (!isUnder(source, under) || (wanted !== undefined && licence !== wanted)) continue;
        total += 1;
        const facts = { id, source, title: title ?? null, language, split };
        page.offer({ ...facts, sizeBytes: bytesOf(text), redactions: redactions.length });
      }
    }
    const documents = page.taken();
    return context.json({ documents, total } satisfies DocumentList);
  });
}

/** What was left out of a run, also while it is still being cleaned. */
async function* droppedOf(context: HttpContext): AsyncGenerator<DroppedDocument> {
  const { db, project, runId } = scopeOf(context);
  const corpus = await corpusOf(db, project, runId);
  const refs = corpus ? [corpus.manifest.dropped] : (await shardsOf(db, project, runId)).map(({ dropped }) => dropped);
  for (const ref of refs) yield* linesOf(context.var.artifacts, ref, DroppedDocument);
}

/** Whether a document was left out for a reason; `quarantined` names all that could not be read, whatever the cause. */
function isOf(document: DroppedDocument, reason: string): boolean {
  if (reason === "quarantined") return document.stage === "quarantine";
  return document.reasons.some(({ code }) => code === reason);
}
