import { findSortedLine } from "@millrace/artifacts";
import { DocumentIndexLine, type TokenizedRun, type TokenPlaces } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { type Http, HttpError, needs } from "@millrace/service";
import { and, desc, eq } from "drizzle-orm";
import { tokenizedRuns } from "../tables.ts";

/** Tokens over HTTP: what a run's corpus became, and where a document lies in it. */
export function tokenRoutes(http: Http): void {
  http.get("/api/feature/runs/:run", needs("viewer", "read"), async (context) => {
    const { project } = context.var.identity;
    const id = context.req.param("run");
    const [row] = await context.var.ports.database.drizzle
      .select()
      .from(tokenizedRuns)
      .where(and(eq(tokenizedRuns.project, project), eq(tokenizedRuns.runId, id)));
    if (!row) throw new HttpError(404, "not_found", `looking for the tokens of run "${id}": there are none (yet)`);
    const { tokenizer, vocabularySize, tokens } = row.manifest;
    const view: TokenizedRun = { runId: row.runId, tokenizer, tokenized: row.tokenized, vocabularySize, tokens };
    return context.json(view);
  });

  http.get("/api/feature/documents/:id", needs("viewer", "read"), async (context) => {
    const db = context.var.ports.database.drizzle;
    const places: TokenPlaces["places"] = [];
    for await (const { runId, manifest } of manifestsOf(db, context.var.identity.project)) {
      context.req.raw.signal.throwIfAborted();
      for (const split of ["train", "validation"] as const) {
        for (const { index } of manifest[split]) {
          const found = await findSortedLine(context.var.artifacts, index, context.req.param("id"));
          if (!found) continue;
          const { shard, from, to } = DocumentIndexLine.parse(found);
          places.push({ runId, corpusHash: manifest.corpusHash, split, shard, from, to });
        }
      }
    }
    return context.json({ places } satisfies TokenPlaces);
  });
}

/** What the runs of a project were tokenized to, newest first, one at a time: nobody knows how many there are. */
async function* manifestsOf(db: Queries, project: string) {
  const ofProject = eq(tokenizedRuns.project, project);
  const ids = await db
    .select({ runId: tokenizedRuns.runId })
    .from(tokenizedRuns)
    .where(ofProject)
    .orderBy(desc(tokenizedRuns.createdAt), desc(tokenizedRuns.runId));
  for (const { runId } of ids) {
    yield* await db
      .select()
      .from(tokenizedRuns)
      .where(and(ofProject, eq(tokenizedRuns.runId, runId)));
  }
}
