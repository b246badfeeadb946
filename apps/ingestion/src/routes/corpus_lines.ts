/** What the routes over a run's documents share: which run is meant, its corpus, its lists. */
import type { CorpusManifest } from "@millrace/contracts";
import { type HttpContext, HttpError } from "@millrace/service";
import { corpusOf, planOf, type StoredCorpus } from "../runs_store.ts";
import { sourceRoots } from "../source_root.ts";

export const RUN = "/api/ingestion/runs/:run";

export function scopeOf(context: HttpContext) {
  const runId = context.req.param("run") ?? "";
  return { db: context.var.ports.database.drizzle, project: context.var.identity.project, runId };
}

const rootOf = sourceRoots();

/**
 * The file or folder that a list is asked for, as sources are named; empty: all. An absolute path, of the machine that reads the
 * documents, is taken as what it is below the root of the sources, which itself is told to nobody.
 */
export async function underOf(context: HttpContext): Promise<string> {
  const { under = "" } = context.req.query();
  if (!under.startsWith("/")) return under;
  const { db, project, runId } = scopeOf(context);
  const plan = await planOf(db, project, runId);
  if (plan === undefined) return under;
  const root = await rootOf(context.var.artifacts, plan);
  const folder = root === "/" ? root : `${root}/`;
  return `${under}/`.startsWith(folder) ? under.slice(folder.length) : under;
}

/** @throws {HttpError} 404 before the run is deduplicated. */
export async function requireCorpus(context: HttpContext): Promise<StoredCorpus> {
  const { db, project, runId } = scopeOf(context);
  const corpus = await corpusOf(db, project, runId);
  if (!corpus) throw new HttpError(404, "not_found", `looking for the corpus of run "${runId}": it is not finished`);
  return corpus;
}

/**
 * The lists that pages are read from.
 * @throws {HttpError} 409 for a corpus of before there were any.
 */
export function listsOf({ runId, manifest }: StoredCorpus): NonNullable<CorpusManifest["lists"]> {
  if (manifest.lists) return manifest.lists;
  const found = "it was made by an earlier version, which kept no lists; run the recipe again";
  throw new HttpError(409, "conflict", `listing the corpus of run "${runId}": ${found}`);
}
