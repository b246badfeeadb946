/** Follows what the services know about a document or a version. */
import {
  BaseModel,
  baseName,
  type DocumentView,
  DocumentView as DocumentSchema,
  type DropReport,
  Lineage,
  RouteList,
  RunReport,
  TokenPlaces,
  VersionList,
  VersionView,
} from "@millrace/contracts";
import { type Reader, RequestError } from "../client.ts";
import { type ModelVersion, versionPath } from "../commands/model_version.ts";
import { counted } from "../terminal/counted.ts";
import { plainText } from "../terminal/plain_text.ts";

export interface DocumentTrace {
  readonly document: DocumentView;
  readonly tokens: TokenPlaces["places"];
  /** Versions whose training corpus holds it. */
  readonly versions: readonly {
    readonly name: string;
    readonly runId: string;
    /** Whether a process answers requests with it now. */
    readonly served: boolean;
  }[];
}

export interface VersionTrace {
  readonly version: VersionView;
  readonly lineage: Lineage;
  readonly corpus: DropReport;
  /** What it was trained further from; undefined where it began with random weights. */
  readonly base: BaseModel | undefined;
  readonly served: boolean;
}

/**
 * From a document to the versions that saw it.
 * @throws {RequestError} If no corpus knows it. When it is the name of a model, the message has its newest version.
 */
export async function traceDocument(client: Reader, id: string): Promise<DocumentTrace> {
  const document = await documentOf(client, id);
  const { places } = await client.get(`/api/feature/documents/${encodeURIComponent(id)}`, TokenPlaces);
  const served = await servedVersions(client);
  const versions: { name: string; runId: string; served: boolean }[] = [];
  for (const hash of new Set(document.places.map(({ corpusHash }) => corpusHash))) {
    const found = await client.get(`/api/registry/corpora/${hash}/versions`, VersionList);
    for (const version of found.versions) {
      const name = nameOf(version);
      versions.push({ name, runId: version.runId, served: served.has(name) });
    }
  }
  return { document, tokens: places, versions };
}

async function documentOf(client: Reader, id: string): Promise<DocumentView> {
  try {
    return await client.get(`/api/ingestion/documents/${encodeURIComponent(id)}`, DocumentSchema);
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
    const { versions } = await client.get(`/api/registry/models/${encodeURIComponent(id)}/versions`, VersionList);
    const newest = Math.max(...versions.map(({ version }) => version));
    if (versions.length === 0) throw error;
    const { status, code, message } = error;
    throw new RequestError(status, code, `${message}; a model has that name: millrace trace ${id}@${newest}`);
  }
}

/**
 * From a version to what it was made of.
 * @throws {RequestError} If there is no such version or alias.
 */
export async function traceVersion(client: Reader, wanted: ModelVersion): Promise<VersionTrace> {
  const version = await client.get(versionPath(wanted), VersionView);
  const name = nameOf(version);
  const lineage = await client.get(`/api/registry/lineage?id=${encodeURIComponent(name)}`, Lineage);
  const { report } = await client.get(`/api/ingestion/runs/${version.runId}/report`, RunReport);
  const manifest = version.base?.manifest.sha256;
  const base = manifest === undefined ? undefined : await client.get(`/api/registry/artifacts/${manifest}`, BaseModel);
  return { version, lineage, corpus: report, base, served: (await servedVersions(client)).has(name) };
}

/** What the process that owns the folder serves; services that were started for this look alone serve nobody. */
async function servedVersions(client: Reader): Promise<ReadonlySet<string>> {
  if (client.isOwner) return new Set();
  const { routes } = await client.get("/api/inference/routes", RouteList);
  return new Set(routes.map(nameOf));
}

function nameOf({ model, version }: { readonly model: string; readonly version: number }): string {
  return `${model}@${version}`;
}

/** A document's trace in words. */
export function documentLines({ document: found, tokens, versions }: DocumentTrace): string[] {
  const { document, places } = found;
  const lines = [
    `${document.id}`,
    `  source  ${plainText(document.source)}${document.title === undefined ? "" : `  "${plainText(document.title)}"`}`,
  ];
  if (found.fate === "kept") {
    const { split, language, redactions, clusterSize } = found.document;
    lines.push(`  kept for ${split}, language ${language}, ${redactions.length} masks, cluster of ${clusterSize}`);
  } else {
    const { stage, reasons, duplicateOf } = found.document;
    const why = reasons.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${plainText(detail)}`));
    lines.push(`  left out in ${stage} (${why.join("; ")})`);
    if (duplicateOf !== undefined) lines.push(`  ${duplicateOf} stands for it`);
  }
  const isForgotten = found.fate === "dropped" && found.document.reasons.some(({ code }) => code === "forgotten");
  for (const { runId, corpusHash, shard, from, to } of places) {
    const where = isForgotten ? "held it, and does not any more" : `shard ${shard}, bytes ${from} to ${to}`;
    lines.push(`  corpus ${corpusHash} of ${runId}: ${where}`);
  }
  for (const { runId, split, shard, from, to } of tokens) {
    lines.push(`  tokens of ${runId}: ${split} shard ${shard}, ${from} to ${to} (${to - from} tokens)`);
  }
  for (const { name, runId, served } of versions) {
    lines.push(`  ${name} of ${runId}${served ? ", served now" : ""}`);
  }
  if (versions.length === 0) lines.push("  no version was trained on it");
  return lines;
}

/** A version's trace in words. */
export function versionLines({ version, lineage, corpus, base, served }: VersionTrace): string[] {
  const { aliases, state, runId, corpusHash, tokenizer, tokenized, checkpoint, recipe, onnx } = version;
  // What it was made of, whatever was taken out of the corpus later.
  const since = corpus.forgottenSince?.documents ?? 0;
  const kept = `${corpus.kept + since} kept${since === 0 ? "" : ` (${since} of them forgotten since)`}`;
  const dropped = Object.values(corpus.dropped).reduce((sum, count) => sum + count, -since);
  return [
    `${nameOf(version)}  ${[...aliases, state, served ? "served now" : "not served now"].join(", ")}`,
    `  run         ${runId}, ${version.createdAt}`,
    `  recipe      ${recipe.sha256}`,
    `  corpus      ${corpusHash}`,
    `              ${counted(corpus.read, "document")} read: ${kept}, ${corpus.duplicates} duplicates, ${dropped} dropped, ` +
      `${corpus.quarantined} quarantined`,
    ...(base === undefined ? [] : baseLines(base)),
    `  tokenizer   ${tokenizer.sha256}`,
    `  tokens      ${tokenized.sha256}`,
    `  checkpoint  ${checkpoint.sha256}`,
    ...(onnx === null ? [] : [`  onnx        ${onnx.sha256}`]),
    `  ${version.evaluation.verdict}`,
    "Lineage",
    ...lineageLines(lineage),
  ];
}

/** A line for each edge: a relation is said of what was made, so that comes first. */
export function lineageLines({ nodes, edges }: Lineage): string[] {
  const labels = new Map(nodes.map(({ id, kind, label }) => [id, `${kind} ${plainText(label)}`]));
  return edges.map(({ from, to, relation }) => `  ${labels.get(to) ?? to}  ${relation}  ${labels.get(from) ?? from}`);
}

function baseLines(base: BaseModel): string[] {
  const asked = base.origin.kind === "hub" ? `, asked for as ${plainText(base.origin.revision)}` : "";
  return [
    `  base model  ${plainText(baseName(base))}${asked}, licence ${plainText(base.licence ?? "not named")}`,
    ...Object.entries(base.files).map(([name, { sha256 }]) => `              ${sha256}  ${name}`),
  ];
}
