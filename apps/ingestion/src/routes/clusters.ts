import { type Artifacts, findSortedLine, readLines } from "@millrace/artifacts";
import {
  type ClusterList,
  type ClusterPair,
  CorpusDocument,
  type CorpusManifest,
  DocumentIndexLine,
  DroppedDocument,
  ListedCluster,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, needs } from "@millrace/service";
import { linesOf } from "../json_artifacts.ts";
import { PassedDocument } from "../passed_document.ts";
import { shardsOf } from "../runs_store.ts";
import { listsOf, requireCorpus, RUN, scopeOf } from "./corpus_lines.ts";
import { limitOf } from "./paging.ts";

/** Characters of a text that is compared. */
const LONGEST_TEXT = 20_000;

/** Documents that say the same: clusters by bytes saved, and two members of one side by side. */
export function clusterRoutes(http: Http): void {
  http.get(`${RUN}/clusters`, needs("viewer", "read"), async (context) => {
    const limit = limitOf(context, 50, 200);
    const corpus = await requireCorpus(context);
    const { clusters: lines, clusterCount } = listsOf(corpus);
    const wanted = context.req.query("representative");
    const clusters: ClusterList["clusters"] = [];
    for await (const cluster of linesOf(context.var.artifacts, lines, ListedCluster)) {
      if (wanted !== undefined && cluster.representative !== wanted) continue;
      clusters.push(cluster);
      if (clusters.length === limit || wanted !== undefined) break;
    }
    return context.json({
      clusters,
      total: wanted === undefined ? clusterCount : clusters.length,
    } satisfies ClusterList);
  });

  http.get(`${RUN}/clusters/:representative`, needs("viewer", "read"), async (context) => {
    const { artifacts } = context.var;
    const id = context.req.param("representative");
    const { manifest } = await requireCorpus(context);
    const place = await placeOf(artifacts, manifest, id);
    const wanted = context.req.query("with");
    const member = place && (await firstOf(artifacts, manifest, id, wanted));
    if (!member) {
      const found = place === undefined ? "it is not kept" : `it does not stand for ${wanted ?? "any other"}`;
      throw new HttpError(404, "not_found", `comparing what document "${id}" stands for: ${found}`);
    }
    const bytes = await artifacts.range(place.documents, place.line.from, place.line.to);
    const kept = CorpusDocument.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return context.json({
      representative: compared(kept),
      member: compared(await requirePassed(context, member.id)),
    } satisfies ClusterPair);
  });
}

/** Where a kept document lies. */
async function placeOf(artifacts: Artifacts, { shards }: CorpusManifest, id: string) {
  for (const { index, documents } of shards) {
    const found = await findSortedLine(artifacts, index, id);
    if (found) return { line: DocumentIndexLine.parse(found), documents: documents.sha256 };
  }
  return undefined;
}

/** The duplicate that was wanted, or the first. */
async function firstOf(
  artifacts: Artifacts,
  { dropped }: CorpusManifest,
  representative: string,
  wanted: string | undefined,
): Promise<DroppedDocument | undefined> {
  for await (const document of linesOf(artifacts, dropped, DroppedDocument)) {
    if (document.duplicateOf === representative && (wanted ?? document.id) === document.id) return document;
  }
  return undefined;
}

/** A duplicate with its text, which only the cleaned shards have. */
async function requirePassed(context: HttpContext, id: string): Promise<PassedDocument> {
  const { db, project, runId } = scopeOf(context);
  const written = `{"id":${JSON.stringify(id)},`;
  for (const { documents } of await shardsOf(db, project, runId)) {
    for await (const line of readLines(await context.var.artifacts.stream(documents.sha256))) {
      if (line.startsWith(written)) return PassedDocument.parse(JSON.parse(line));
    }
  }
  throw new Error(`reading duplicate ${id} of run ${runId}: found it in no cleaned shard, wanted it in one`);
}

function compared({ id, source, text }: { id: string; source: string; text: string }): ClusterPair["member"] {
  return { id, source, text: text.slice(0, LONGEST_TEXT).toWellFormed(), isCut: text.length > LONGEST_TEXT };
}
