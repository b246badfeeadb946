import { type Artifacts, readLines } from "@millrace/artifacts";
import {
  type ArtifactRef,
  type ClusterList,
  CorpusDocument,
  type DocumentList,
  DroppedDocument,
  type DroppedList,
  type RunReport,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { bytesOf } from "../counts.ts";
import { corpusOf, reportOf, shardsOf, type StoredCorpus } from "../runs_store.ts";
import { limitOf, pageAfter } from "./paging.ts";

const BASE = "/api/ingestion/runs/:run";

/** What came of the documents of a run. */
export function reportRoutes(http: Http): void {
  http.get(`${BASE}/report`, async (context) => {
    const { db, project, runId } = scopeOf(context);
    const found = await reportOf(db, project, runId);
    if (!found)
      throw new HttpError(404, "not_found", `looking for the report of run "${runId}": it has read nothing yet`);
    return context.json({ runId, ...found } satisfies RunReport);
  });

  http.get(`${BASE}/dropped`, async (context) => {
    const limit = limitOf(context, 50, 200);
    const { reason, after } = context.req.query();
    const page = pageAfter<DroppedDocument>(after, limit);
    let total = 0;
    for await (const document of droppedOf(context)) {
      if (reason !== undefined && !isOf(document, reason)) continue;
      total += 1;
      page.offer(document);
    }
    const documents = page.taken();
    return context.json({ documents, total } satisfies DroppedList);
  });

  http.get(`${BASE}/documents`, async (context) => {
    const limit = limitOf(context, 50, 200);
    const { after } = context.req.query();
    const corpus = await requireCorpus(context);
    const page = pageAfter<DocumentList["documents"][number]>(after, limit);
    for (const shard of corpus.manifest.shards) {
      for await (const document of linesOf(context.var.artifacts, shard.documents, CorpusDocument)) {
        const { id, source, title, language, split, text, redactions } = document;
        const facts = { id, source, title: title ?? null, language, split };
        page.offer({ ...facts, sizeBytes: bytesOf(text), redactions: redactions.length });
      }
    }
    const documents = page.taken();
    return context.json({ documents, total: corpus.manifest.report.kept } satisfies DocumentList);
  });

  http.get(`${BASE}/clusters`, async (context) => {
    const limit = limitOf(context, 50, 200);
    const corpus = await requireCorpus(context);
    const members = new Map<string, ClusterList["clusters"][number]["members"]>();
    for await (const document of linesOf(context.var.artifacts, corpus.manifest.dropped, DroppedDocument)) {
      const { duplicateOf, id, source, sizeBytes, excerpt } = document;
      if (duplicateOf === undefined) continue;
      members.set(duplicateOf, [...(members.get(duplicateOf) ?? []), { id, source, sizeBytes, excerpt }]);
    }
    const clusters = [...members]
      .map(([representative, own]) => ({
        representative,
        source: "",
        savedBytes: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        members: own,
      }))
      .sort(
        (left, right) => right.savedBytes - left.savedBytes || (left.representative < right.representative ? -1 : 1),
      )
      .slice(0, limit);
    const wanted = new Map(clusters.map((cluster) => [cluster.representative, cluster]));
    for (const shard of corpus.manifest.shards) {
      for await (const { id, source } of linesOf(context.var.artifacts, shard.documents, CorpusDocument)) {
        const cluster = wanted.get(id);
        if (cluster) cluster.source = source;
      }
    }
    return context.json({ clusters, total: members.size } satisfies ClusterList);
  });
}

function scopeOf(context: HttpContext) {
  const runId = context.req.param("run") ?? "";
  return { db: context.var.ports.database.drizzle, project: context.var.identity.project, runId };
}

async function requireCorpus(context: HttpContext): Promise<StoredCorpus> {
  const { db, project, runId } = scopeOf(context);
  const corpus = await corpusOf(db, project, runId);
  if (!corpus) throw new HttpError(404, "not_found", `looking for the corpus of run "${runId}": it is not finished`);
  return corpus;
}

/** What was left out of a run, also while it is still being cleaned. */
async function* droppedOf(context: HttpContext): AsyncGenerator<DroppedDocument> {
  const { db, project, runId } = scopeOf(context);
  const corpus = await corpusOf(db, project, runId);
  const refs = corpus ? [corpus.manifest.dropped] : (await shardsOf(db, project, runId)).map(({ dropped }) => dropped);
  for (const ref of refs) yield* linesOf(context.var.artifacts, ref, DroppedDocument);
}

async function* linesOf<Value>(
  artifacts: Artifacts,
  ref: ArtifactRef,
  schema: { parse(value: unknown): Value },
): AsyncGenerator<Value> {
  for await (const line of readLines(await artifacts.stream(ref.sha256))) yield schema.parse(JSON.parse(line));
}

/** Whether a document was left out for a reason; `quarantined` names all that could not be read, whatever the cause. */
function isOf(document: DroppedDocument, reason: string): boolean {
  if (reason === "quarantined") return document.stage === "quarantine";
  return document.reasons.some(({ code }) => code === reason);
}
