import { findSortedLine } from "@millrace/artifacts";
import { DocumentIndexLine, type TokenizedRun, type TokenPlaces } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { and, desc, eq } from "drizzle-orm";
import { tokenizedRuns } from "../tables.ts";

/** Runs whose indexes one request searches, newest first. */
const MOST_RUNS = 100;

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
    const rows = await context.var.ports.database.drizzle
      .select()
      .from(tokenizedRuns)
      .where(eq(tokenizedRuns.project, context.var.identity.project))
      .orderBy(desc(tokenizedRuns.createdAt))
      .limit(MOST_RUNS);
    const places: TokenPlaces["places"] = [];
    for (const { runId, manifest } of rows) {
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
