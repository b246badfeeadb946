/** A box and passages. */
import type { SearchResults } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted } from "../format.ts";
import { empty, failing, type Html } from "../html.ts";
import { markRanges } from "../mark_ranges.ts";

/** @param answer Undefined before anything was asked. @param chips Which versions a run's corpus went into, as words. */
export function searchPage(
  query: string,
  answer: Answer<SearchResults> | undefined,
  chips: readonly string[],
  traceId: string,
): Html {
  return html`<h1>${titleOf(query, answer)}</h1>
    <form class="ask" action="/search" role="search">
      <input
        type="search"
        name="q"
        value="${query}"
        aria-label="Words to look for"
        placeholder="Words in the corpus"
        maxlength="200"
      />
      <button class="primary">Search</button>
    </form>
    ${answer === undefined ? empty(ghostBars(), "Passages from kept documents will stand here, with the words marked.") : results(answer, chips, traceId)}`;
}

function titleOf(query: string, answer: Answer<SearchResults> | undefined): string {
  const found = answer && valueOf(answer);
  return found ? `${counted(found.total, "document")} with “${query}”` : "Search the corpus";
}

function results(answer: Answer<SearchResults>, chips: readonly string[], traceId: string): Html {
  if (answer.kind === "failed")
    return failing(answer.failure, "Search again; if it stays, look at the log of ingestion.", traceId);
  const found = valueOf(answer);
  if (!found || found.runId === null) return empty(ghostBars(), "There is no corpus to search yet.");
  if (found.results.length === 0) return empty("", "No kept document has these words. Fewer words find more.");
  return html`<ul class="passages">
    ${found.results.map(
      ({ documentId, title, source, passage, hits }) =>
        html`<li class="card">
          <p>
            <a href="/documents/${encodeURIComponent(documentId)}"><b>${title ?? source}</b></a>
            <code class="muted">${source}</code>
            ${chips.map((chip) => html`<span class="chip">${chip}</span>`)}
          </p>
          <p class="passage">
            ${markRanges(passage, hits).map(({ text, range }) => (range === undefined ? html`${text}` : html`<mark>${text}</mark>`))}
          </p>
        </li>`,
    )}
  </ul>`;
}
