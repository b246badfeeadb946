import { ArtifactNotFoundError } from "@millrace/artifacts";
import { DocumentView, FindVerbatim, type VerbatimSpans } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, needs, readJson } from "@millrace/service";
import type { Tokenizer } from "@millrace/tokenizer";
import { type AnswerTokens, answerTokens } from "../verbatim/answer_tokens.ts";
import { describePlaces, type ReadDocument } from "../verbatim/describe_places.ts";
import { findSpans, type TokenSpan } from "../verbatim/find_spans.ts";
import { LEAST_CHARACTERS, LEAST_TOKENS } from "../verbatim/gram_filter.ts";
import { askPeer, readVersion, tokensOfVersion } from "./tokens_of_version.ts";

/** Spans of one answer whose documents are named: each may need as many requests to ingestion as it has documents. */
const MOST_DESCRIBED = 50;

/** Which parts of an answer stand word for word in what its version was trained on. */
export function verbatimRoutes(http: Http): void {
  http.post("/api/feature/verbatim", needs("viewer", "read"), async (context) => {
    const wanted = await readJson(context, FindVerbatim);
    const found = await readVersion(context, wanted.model);
    const { model, version, corpusHash } = found;
    try {
      const { manifest, tokenizer: loaded } = await tokensOfVersion(context, found);
      const answer = tokensOf(loaded, "text" in wanted ? wanted.text : wanted.tokens);
      const { artifacts } = context.var;
      const { signal } = context.req.raw;
      const least = loaded.kind === "characters" ? LEAST_CHARACTERS : LEAST_TOKENS;
      const matching = await findSpans(artifacts, manifest, answer.ids, signal, least);
      const described = longest(matching, MOST_DESCRIBED);
      const readDocument: ReadDocument = (id) => askDocument(context, id, corpusHash);
      const parts = { artifacts, manifest, tokenizer: loaded, readDocument };
      const documents = await describePlaces(described, parts, signal);
      const documentsOf = new Map(described.map((span, index) => [span, documents[index]]));
      const spans = matching.map((span): VerbatimSpans["spans"][number] => {
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
