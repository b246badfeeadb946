/** Where the corpus came from: folders and files, licences, what was masked, languages. */
import type { DropReport, SourceBreakdown } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { sourcesChart, sourcesFinding } from "../charts/sources.ts";
import { corpusAddress } from "../corpus_address.ts";
import { counted, formatBytes, formatCount, formatShare, inWords } from "../format.ts";
import { card, empty, failing, type Html, liveCard } from "../html.ts";

/** @param under Folder that was asked for. */
export function sourcesCard(
  answer: Answer<SourceBreakdown>,
  run: string,
  under: string | undefined,
  traceId: string,
): Html {
  if (answer.kind === "failed") return card("sources", "Sources", failing(answer.failure, "Reload the page.", traceId));
  const found = valueOf(answer);
  if (found === undefined || found.entries.length === 0) {
    const sentence =
      found === undefined
        ? "What each folder gave will stand here once duplicates are taken out."
        : `No document came from ${under ?? "any file"}.`;
    return liveCard("sources", "Sources", empty(ghostBars(), sentence), trail(run, under ?? ""));
  }
  return liveCard(
    "sources",
    sourcesFinding(found),
    html`${trail(run, under === undefined ? "" : found.under)} ${sourcesChart(found, run)}`,
    html`<a href="/corpus/sources.csv?${new URLSearchParams({ run, under: under ?? "" })}" download>CSV</a>`,
  );
}

/** The way from all sources down to the folder that is shown. */
function trail(run: string, folder: string): Html | undefined {
  if (folder === "") return undefined;
  const parts = folder.split("/");
  return html`<nav class="trail" aria-label="Folders">
    <a href="${corpusAddress({ run }, "sources")}">All sources</a>
    ${parts.map((name, index) => {
      const path = parts.slice(0, index + 1).join("/");
      return index === parts.length - 1
        ? html`<span aria-current="true">${name}</span>`
        : html`<a href="${corpusAddress({ run, under: path }, "sources")}">${name}</a>`;
    })}
  </nav>`;
}

/** Licences, masks and languages, side by side. */
export function composition(report: DropReport, sources: SourceBreakdown | undefined, run: string): Html {
  return html`<div class="columns">
    ${sources === undefined ? "" : licencesCard(sources, run)} ${masksCard(report)} ${languagesCard(report)}
  </div>`;
}

function licencesCard({ licences }: SourceBreakdown, run: string): Html {
  const total = licences.reduce((sum, { bytes }) => sum + bytes, 0);
  const named = licences.filter(({ licence }) => licence !== null);
  const unnamed = licences.find(({ licence }) => licence === null);
  const title =
    named.length === 0
      ? "Licences are not recorded"
      : unnamed === undefined
        ? `Every kept document has a licence`
        : `${formatShare(unnamed.bytes, total)} of what is kept has no licence recorded`;
  return liveCard(
    "licences",
    title,
    html`<dl class="pairs across">
        ${licences.map(
          ({ licence, documents, bytes }) =>
            html`<dt>
                <a href="${corpusAddress({ run, licence: licence ?? "" })}">${licence ?? "not recorded"}</a>
              </dt>
              <dd>${counted(documents, "document")}, ${formatBytes(bytes)}</dd>`,
        )}
      </dl>
      <p class="muted note">As the recipe names them for its sources (<code>licence</code>). None is guessed.</p>`,
  );
}

function masksCard({ redactions }: DropReport): Html {
  const masked = Object.entries(redactions).sort(([, left], [, right]) => right - left);
  const total = masked.reduce((sum, [, count]) => sum + count, 0);
  return liveCard(
    "redactions",
    total === 0 ? "Nothing had to be masked" : `${counted(total, "place")} masked before anything was stored`,
    total === 0
      ? html`<p class="muted">
          E-mail addresses, phones, cards, IBANs, IP addresses, SSNs, keys and tokens were looked for.
        </p>`
      : html`<dl class="pairs across">
          ${masked.map(
            ([type, count]) =>
              html`<dt>${inWords(type.toLowerCase())}</dt>
                <dd>${formatCount(count)}</dd>`,
          )}
        </dl>`,
  );
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });
const MOST_LANGUAGES = 6;

function languagesCard({ languages, kept }: DropReport): Html {
  const spoken = Object.entries(languages).sort(([, left], [, right]) => right - left);
  const [first] = spoken;
  const rest = spoken.slice(MOST_LANGUAGES).reduce((sum, [, count]) => sum + count, 0);
  return liveCard(
    "languages",
    first === undefined
      ? "No language yet"
      : `${formatShare(first[1], kept)} of documents are ${nameOfLanguage(first[0])}`,
    html`<dl class="pairs across">
      ${spoken.slice(0, MOST_LANGUAGES).map(
        ([language, count]) =>
          html`<dt>${nameOfLanguage(language)}</dt>
            <dd>${counted(count, "document")}</dd>`,
      )}
      ${
        rest === 0
          ? ""
          : html`<dt>${counted(spoken.length - MOST_LANGUAGES, "other")}</dt>
              <dd>${counted(rest, "document")}</dd>`
      }
    </dl>`,
  );
}

/** What is no language code stays as it is. */
function nameOfLanguage(code: string): string {
  return /^[a-z]{2,3}$/.test(code) ? (LANGUAGES.of(code) ?? code) : code;
}
