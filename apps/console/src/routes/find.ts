import { DocumentView, Lineage, type LineageNode, RegistryFindings, RunList, SearchResults } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { type Answer, ask, NOT_ASKED, valueOf } from "../ask.ts";
import { type Hit, hashIn, pageHits, runHits, versionHits } from "../find.ts";
import { formatBytes, inWords, shortHash } from "../format.ts";
import { askRuns } from "./page_context.ts";

const LONGEST_QUERY = 200;
/** Most hits of one kind: more are found by typing more. */
const MOST = 5;

/** `GET /find?q=`: whatever has these letters, of every kind. A service that does not answer takes only its own kinds away. */
export function findRoutes(http: Http): void {
  http.get("/find", async (context) => {
    if (context.var.identity === undefined)
      throw new HttpError(401, "unauthenticated", "finding: found no session, wanted one");
    const query = (context.req.query("q") ?? "").trim().slice(0, LONGEST_QUERY);
    const [runs, named, findings, byId, passages] = await Promise.all([
      askRuns(context),
      askNamedRuns(context, query),
      askFindings(context, query),
      askDocument(context, query),
      askPassages(context, query),
    ]);
    const known = valueOf(runs)?.runs ?? [];
    const older = (valueOf(named)?.runs ?? []).filter(({ id }) => !known.some((run) => run.id === id));
    const { versions, nodes } = valueOf(findings) ?? { versions: [], nodes: [] };
    const ofVersions = versionHits(query, versions);
    const ofNodes = await Promise.all(nodes.map((node) => nodeHit(context, node)));
    const hits = [
      ...pageHits(query, known),
      ...runHits(query, [...known, ...older], context.var.ports.now()).slice(0, MOST),
      ...ofVersions.slice(0, MOST),
      // What a version is made of has been told with the version.
      ...ofNodes.flat().filter(({ title }) => !ofVersions.some((hit) => hit.title === title)),
      ...documentHits(byId, passages),
      ...(query === "" ? [] : [searchHit(query)]),
    ];
    const problems = [
      ["Runs", runs],
      ["Runs", named],
      ["Versions and hashes", findings],
      ["Documents", byId],
      ["Documents", passages],
    ] as const;
    const told = problems.flatMap(([what, { kind }]) => (kind === "failed" ? [`${what} could not be read.`] : []));
    return context.json({ hits, problems: [...new Set(told)] });
  });
}

function askFindings(context: HttpContext, query: string): Promise<Answer<RegistryFindings>> | typeof NOT_ASKED {
  // As a version is written elsewhere: `handbook v3`.
  const text = query.replace(/\s+v?(?=\w+$)/, "@");
  if (query === "" || /\s/.test(text)) return NOT_ASKED;
  const asked = new URLSearchParams({ text, limit: String(MOST) });
  return ask(context, "registry", `/api/registry/find?${asked}`, RegistryFindings);
}

/** Of all runs only the newest are listed; others are found by their names. */
function askNamedRuns(context: HttpContext, query: string): Promise<Answer<RunList>> | typeof NOT_ASKED {
  if (query === "") return NOT_ASKED;
  return ask(context, "automation", `/api/automation/runs?${new URLSearchParams({ text: query })}`, RunList);
}

/** Ids of documents are looked up whole; a word without a digit is none, and is not asked for. */
function askDocument(context: HttpContext, query: string): Promise<Answer<DocumentView>> | typeof NOT_ASKED {
  if (!/^(?=.*\d)[\w-]{6,100}$/.test(query)) return NOT_ASKED;
  return ask(context, "ingestion", `/api/ingestion/documents/${encodeURIComponent(query)}`, DocumentView);
}

function askPassages(context: HttpContext, query: string): Promise<Answer<SearchResults>> | typeof NOT_ASKED {
  if (query === "") return NOT_ASKED;
  const asked = new URLSearchParams({ q: query, limit: String(MOST) });
  return ask(context, "ingestion", `/api/ingestion/search?${asked}`, SearchResults);
}

/** An artifact of a run that made no version, or none yet: its lineage tells the run. */
async function nodeHit(context: HttpContext, { kind, id, label }: LineageNode): Promise<Hit[]> {
  if (kind === "run" || kind === "version" || hashIn(id) === undefined) return [];
  const path = `/api/registry/lineage?id=${encodeURIComponent(id)}`;
  const lineage = valueOf(await ask(context, "registry", path, Lineage));
  const run = lineage?.nodes.find((node) => node.kind === "run")?.id;
  if (run === undefined) return [];
  const href =
    kind === "corpus" ? `/corpus?run=${run}` : kind === "checkpoint" ? `/runs/${run}/training` : `/runs/${run}`;
  const title = shortHash(id);
  return [{ kind: `${kind[0]?.toUpperCase()}${kind.slice(1)}`, title, detail: `${label}, of ${run}`, href }];
}

function documentHits(byId: Answer<DocumentView>, passages: Answer<SearchResults>): Hit[] {
  const view = valueOf(byId);
  const own: Hit[] = [];
  if (view?.fate === "kept") own.push(documentHit(view.document, "kept"));
  if (view?.fate === "dropped") {
    const { document } = view;
    const reasons = document.reasons.map(({ code }) => inWords(code)).join(", ");
    own.push(documentHit(document, `left out: ${reasons}, ${formatBytes(document.sizeBytes)}`));
  }
  // Several passages may be of one document.
  const best = new Map((valueOf(passages)?.results ?? []).map((result) => [result.documentId, result]));
  for (const { documentId, title, source, passage } of best.values()) {
    own.push(documentHit({ id: documentId, title: title ?? undefined, source }, passage.replaceAll(/\s+/g, " ")));
  }
  return own;
}

function documentHit(document: { id: string; title?: string | undefined; source: string }, detail: string): Hit {
  const { id, title, source } = document;
  const href = `/documents/${encodeURIComponent(id)}`;
  return { kind: "Document", title: title ?? source, detail: detail.slice(0, 160), href };
}

function searchHit(query: string): Hit {
  return {
    kind: "Page",
    title: `Search the corpus for “${query}”`,
    detail: "",
    href: `/search?${new URLSearchParams({ q: query })}`,
  };
}
