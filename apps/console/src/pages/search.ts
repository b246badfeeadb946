/** A box and passages. */
import { type SearchResults, type VersionView, shellWord } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted } from "../format.ts";
import { asCommand, empty, exportLinks, failing, type Html } from "../html.ts";
import { markRanges } from "../mark_ranges.ts";
import { versionAddress } from "../version_address.ts";

const MOST_VERSIONS = 4;

/** Versions that were trained on what is searched. */
export type SeenBy = readonly Pick<VersionView, "model" | "version">[];

/** @param answer Undefined before anything was asked. @param seenBy Undefined when not known. */
export function searchPage(
  query: string,
  answer: Answer<SearchResults> | undefined,
  seenBy: SeenBy | undefined,
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
    ${answer === undefined ? empty(ghostBars(), "Passages from kept documents will stand here, with the words marked.") : results(query, answer, seenBy, traceId)}`;
}

function titleOf(query: string, answer: Answer<SearchResults> | undefined): string {
  const found = answer && valueOf(answer);
  return found ? `${counted(found.total, "passage")} with “${query}”` : "Search the corpus";
}

function results(query: string, answer: Answer<SearchResults>, seenBy: SeenBy | undefined, traceId: string): Html {
  if (answer.kind === "failed")
    return failing(answer.failure, "Search again; if it stays, look at the log of ingestion.", traceId);
  const found = valueOf(answer);
  if (!found || found.runId === null) return empty(ghostBars(), "There is no corpus to search yet.");
  if (found.results.length === 0)
    return empty(
      "",
      "No kept document has these words. Fewer words find more; such as “the” and “of” are not looked for.",
    );
  const shown = found.results.length;
  return html`<p class="above">
      <span class="muted">${shown < found.total ? `The best ${shown}` : "Best first"}</span>
      ${asCommand(commandOf(query))} ${exportLinks("/search", { q: query })}
    </p>
    <ul class="passages">
      ${found.results.map(
        ({ documentId, title, source, passage, hits }) =>
          html`<li class="card">
            <p>
              <a href="/documents/${encodeURIComponent(documentId)}"><b>${title ?? source}</b></a>
              ${title === null ? "" : html`<code class="muted">${source}</code>`} ${chips(seenBy)}
            </p>
            <p class="passage">
              ${markRanges(passage, hits).map(({ text, range }) => (range === undefined ? html`${text}` : html`<mark>${text}</mark>`))}
            </p>
          </li>`,
      )}
    </ul>`;
}

function commandOf(query: string): string {
  // What begins with a hyphen would be an option.
  return `npx millrace search ${query.startsWith("-") ? "-- " : ""}${shellWord(query)}`;
}

/** `in handbook v3, v2`: each leads to its card. */
function chips(seenBy: SeenBy | undefined): Html {
  if (seenBy === undefined) return html`<span class="chip">versions not known</span>`;
  if (seenBy.length === 0) return html`<span class="chip">in no version yet</span>`;
  return html`${[...Map.groupBy(seenBy, ({ model }) => model)].map(
    ([model, versions]) =>
      html`<span class="chip"
        >in ${model}
        ${versions.slice(0, MOST_VERSIONS).map(({ version }, index) => html`${index === 0 ? "" : ", "}<a href="${versionAddress(model, version)}">v${version}</a>`)}${versions.length > MOST_VERSIONS ? ` and ${versions.length - MOST_VERSIONS} more` : ""}</span
      >`,
  )}`;
}
