import { DroppedDocument, ListedDocument, type SourceBreakdown } from "@millrace/contracts";
import { type Http, needs } from "@millrace/service";
import { linesOf } from "../json_artifacts.ts";
import { breakDown, isUnder } from "../source_breakdown.ts";
import { listsOf, requireCorpus, RUN, underOf } from "./corpus_lines.ts";
import { limitOf } from "./paging.ts";

/** What the files of a corpus gave, and under which licences. */
export function sourceRoutes(http: Http): void {
  http.get(`${RUN}/sources`, needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 20, 100);
    const under = await underOf(context);
    const corpus = await requireCorpus(context);
    const { manifest } = corpus;
    const breakdown = breakDown(under);
    const licences = new Map<string | null, { documents: number; bytes: number }>();
    const list = linesOf(context.var.artifacts, listsOf(corpus).documents, ListedDocument);
    for await (const { source, sizeBytes: bytes, licence = null } of list) {
      if (!isUnder(source, under)) continue;
      breakdown.add(source, "kept", bytes);
      const known = licences.get(licence) ?? { documents: 0, bytes: 0 };
      licences.set(licence, { documents: known.documents + 1, bytes: known.bytes + bytes });
    }
    for await (const { source, sizeBytes } of linesOf(context.var.artifacts, manifest.dropped, DroppedDocument)) {
      if (isUnder(source, under)) breakdown.add(source, "dropped", sizeBytes);
    }
    return context.json({
      ...breakdown.entries(limit),
      licences: [...licences]
        .map(([licence, amount]) => ({ licence, ...amount }))
        .sort((left, right) => right.bytes - left.bytes || ((left.licence ?? "") < (right.licence ?? "") ? -1 : 1)),
    } satisfies SourceBreakdown);
  });
}
