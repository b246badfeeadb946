import { ArtifactNotFoundError } from "@millrace/artifacts";
import { DocumentView, FindVerbatim, TokenManifest, VersionView, type VerbatimSpans } from "@millrace/contracts";
import { actingFor, type Http, type HttpContext, HttpError, needs, readJson } from "@millrace/service";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";
import { type AnswerTokens, answerTokens } from "../verbatim/answer_tokens.ts";
import { describePlaces, type ReadDocument } from "../verbatim/describe_places.ts";
import { findSpans, type TokenSpan } from "../verbatim/find_spans.ts";
import { LEAST_CHARACTERS, LEAST_TOKENS } from "../verbatim/gram_filter.ts";

/** Spans of one answer whose documents are named: each may need as many requests to ingestion as it has documents. */
const MOST_DESCRIBED = 50;

/** Which parts of an answer stand word for word in what its version was trained on. */
export function verbatimRoutes(http: Http): void {
  http.post("/api/feature/verbatim", needs("viewer", "read"), async (context) => {
    const wanted = await readJson(context, FindVerbatim);
    const { model, version, tokenized, tokenizer, corpusHash } = await readVersion(context, wanted.model);
    try {
      const manifest = TokenManifest.parse(await readArtifact(context, tokenized.sha256));
      const loaded = loadTokenizer(await textOf(context, tokenizer.sha256));
      const answer = tokensOf(loaded, "text" in wanted ? wanted.text : wanted.tokens);
      const { artifacts } = context.var;
      const { signal } = context.req.raw;
      const least = loaded.kind === "characters" ? LEAST_CHARACTERS : LEAST_TOKENS;
      const found = await findSpans(artifacts, manifest, answer.ids, signal, least);
      const described = longest(found, MOST_DESCRIBED);
      const readDocument: ReadDocument = (id) => askDocument(context, id, corpusHash);
      const parts = { artifacts, manifest, tokenizer: loaded, readDocument };
      const documents = await describePlaces(described, parts, signal);
      const documentsOf = new Map(described.map((span, index) => [span, documents[index]]));
      const spans = found.map((span): VerbatimSpans["spans"][number] => {
        const { start, end, occurrences } = span;
        const range = { start: answer.offsets[start] ?? 0, end: answer.offsets[end] ?? 0 };
        return { ...range, tokens: end - start, occurrences, documents: documentsOf.get(span) ?? [] };
      });
      const { text, ids } = answer;
      return context.json({ model, version, corpusHash, text, tokens: ids.length, spans } satisfies VerbatimSpans);
    } catch (error) {
      if (!(error instanceof ArtifactNotFoundError)) throw error;
      const message = `looking for the answer in the corpus of ${wanted.model}: ${error.message}`;
      throw new HttpError(404, "not_found", message);
    }
  });
}

/** Of spans of one length the first. */
function longest(spans: readonly TokenSpan[], count: number): TokenSpan[] {
  return spans.toSorted((left, right) => right.end - right.start - (left.end - left.start)).slice(0, count);
}

function tokensOf(tokenizer: Tokenizer, answer: string | readonly number[]): AnswerTokens {
  try {
    return answerTokens(tokenizer, answer);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HttpError(400, "invalid_request", `tokens: ${error.message}`);
  }
}

async function readVersion(context: HttpContext, name: string): Promise<VersionView> {
  const [model = "", version = ""] = name.split("@");
  const path = `/api/registry/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
  const response = await askPeer(context, "registry", path);
  if (response.status === 404) throw new HttpError(404, "not_found", `looking for ${name}: there is no such version`);
  return VersionView.parse(await response.json());
}

/** Nothing is shown of a document that ingestion does not show itself. */
async function askDocument(context: HttpContext, id: string, corpus: string): ReturnType<ReadDocument> {
  const path = `/api/ingestion/documents/${encodeURIComponent(id)}?corpus=${corpus}`;
  const response = await askPeer(context, "ingestion", path);
  if (response.status === 404) return undefined;
  const view = DocumentView.parse(await response.json());
  if (view.fate !== "kept") return undefined;
  const { source, title, text, turns } = view.document;
  return { source, title: title ?? null, ...(turns && { conversation: { text, turns } }) };
}

/** @throws {HttpError} 503 where the service answers neither with what it has nor that there is none. */
async function askPeer(context: HttpContext, service: "registry" | "ingestion", path: string): Promise<Response> {
  const { ports, identity, traceparent } = context.var;
  const headers = { ...actingFor(identity), traceparent };
  const response = await ports.peers.fetch(service, new Request(new URL(path, "http://peer"), { headers }));
  if (response.ok || response.status === 404) return response;
  throw new HttpError(503, "unavailable", `asking ${service} for ${path}: it answered with status ${response.status}`);
}

async function readArtifact(context: HttpContext, sha256: string): Promise<unknown> {
  return JSON.parse(await textOf(context, sha256));
}

async function textOf(context: HttpContext, sha256: string): Promise<string> {
  return new TextDecoder().decode(await context.var.artifacts.bytes(sha256));
}
