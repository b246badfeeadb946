import { findSortedLine } from "@millrace/artifacts";
import {
  CorpusDocument,
  DocumentIndexLine,
  type DocumentPlace,
  type DocumentView,
  DroppedDocument,
} from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { erasedPlaces } from "../forgotten.ts";
import { corporaOf } from "../runs_store.ts";

/** One document: kept or dropped, whichever it was, and every corpus it stands in. */
export function documentRoutes(http: Http): void {
  http.get("/api/ingestion/documents/:id", needs("viewer", "read"), async (context) => {
    const id = context.req.param("id");
    const corpus = context.req.query("corpus");
    const { artifacts } = context.var;
    const db = context.var.ports.database.drizzle;
    const { project } = context.var.identity;
    const places: DocumentPlace[] = [];
    let kept: CorpusDocument | undefined;
    let left: DroppedDocument | undefined;
    for await (const { runId, manifest } of corporaOf(db, project, corpus)) {
      context.req.raw.signal.throwIfAborted();
      for (const shard of manifest.shards) {
        const line = await findSortedLine(artifacts, shard.index, id);
        if (!line) continue;
        const { from, to, shard: number } = DocumentIndexLine.parse(line);
        places.push({ runId, corpusHash: manifest.corpusHash, shard: number, from, to });
        if (kept) continue;
        const bytes = await artifacts.range(shard.documents.sha256, from, to);
        kept = CorpusDocument.parse(JSON.parse(new TextDecoder().decode(bytes)));
      }
      if (kept || left) continue;
      const line = await findSortedLine(artifacts, manifest.dropped, id);
      if (line) left = DroppedDocument.parse(line);
    }
    places.push(
      ...(await erasedPlaces(db, project, id)).filter(({ corpusHash }) => corpusHash === (corpus ?? corpusHash)),
    );
    if (kept) return context.json({ fate: "kept", document: kept, places } satisfies DocumentView);
    if (left) return context.json({ fate: "dropped", document: left, places } satisfies DocumentView);
    const where = corpus === undefined ? "corpus of this project" : `corpus ${corpus}`;
    throw new HttpError(404, "not_found", `looking for document "${id}": no ${where} knows it`);
  });
}
