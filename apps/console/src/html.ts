/** Small pieces of markup that every page uses. `html` escapes whatever is put into it; nothing here is raw. */
import { html } from "hono/html";
import type { Failure } from "./ask.ts";
import { formatAgo, shortHash } from "./format.ts";

export type Html = ReturnType<typeof html>;

/** A relative time with the exact one on hover. */
export function ago(iso: string, nowMs: number): Html {
  return html`<time datetime="${iso}" title="${iso}">${formatAgo(iso, nowMs)}</time>`;
}

/** The first digits of a hash; the whole of it on hover and on copy. */
export function hashTag(hash: string): Html {
  return copyable(hash, shortHash(hash));
}

/** An id or a hash that is copied by a press. @param shown Default: all of it. */
export function copyable(text: string, shown: string = text): Html {
  return html`<button type="button" class="copyable" title="Copy ${text}" data-copy="${text}">
    <code>${shown}</code>
  </button>`;
}

export type Tone = "ok" | "running" | "warn" | "failed" | "idle";
const MARKS: Readonly<Record<Tone, string>> = { ok: "●", running: "◐", warn: "▲", failed: "✕", idle: "○" };

/** A state: always colour, shape and word. */
export function badge(tone: Tone, word: string | Html): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${MARKS[tone]}</span> ${word}</span>`;
}

/** A command, or an address, to be read and copied. */
export function command(text: string): Html {
  return html`<span class="command"
    ><code>${text}</code
    ><button type="button" class="copy" title="Copy" data-copy="${text}">
      ${COPY_ICON}<span class="hidden">Copy ${text}</span>
    </button></span
  >`;
}

/** The command of the CLI that does or shows the same as what it stands beside. Without a script, the command itself. */
export function asCommand(text: string): Html {
  return html`<span class="as-command"
    ><button type="button" class="copy" title="${text}" data-copy="${text}">
      ${COPY_ICON}<span>Copy as command<span class="hidden">: ${text}</span></span></button
    ><code>${text}</code></span
  >`;
}

const COPY_ICON = html`<svg viewBox="0 0 16 16" aria-hidden="true">
  <path d="M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3" />
</svg>`;

/**
 * A list as a file, whole, as the page filters it.
 * @param path Of the list, without an ending.
 * @param filters Those that are undefined do not narrow it.
 */
export function exportLinks(path: string, filters: Readonly<Record<string, string | undefined>> = {}): Html {
  const set = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const query = set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
  return html`<span class="exports"
    ><a href="${path}.csv${query}" download title="Export as CSV">CSV</a>
    <a href="${path}.json${query}" download title="Export as JSON">JSON</a></span
  >`;
}

/** Stands where something could not be read: tried, found, next step, trace id. */
export function failing({ tried, found }: Failure, next: string, traceId: string): Html {
  return html`<div class="state failing" role="status">
    <p>${badge("failed", "Could not be read")}</p>
    <dl>
      <dt>Tried</dt>
      <dd>${tried}</dd>
      <dt>Found</dt>
      <dd>${found}</dd>
      <dt>Next</dt>
      <dd>${next}</dd>
      <dt>Trace</dt>
      <dd>${copyable(traceId)}</dd>
    </dl>
  </div>`;
}

/** Stands where nothing is yet: a ghost of what will be, a sentence, the command. */
export function empty(ghost: Html | "", sentence: string, how?: Html): Html {
  return html`<div class="state empty">
    ${ghost}
    <p>${sentence}</p>
    ${how === undefined ? "" : html`<p>${how}</p>`}
  </div>`;
}

/** A titled part of a page. */
export function card(id: string, title: string, body: Html, more?: Html): Html {
  return html`<section class="card" id="${id}" aria-labelledby="${id}-title">
    ${titled(id, title, body, more)}
  </section>`;
}

/** A part that is read again whenever something changes: numbers, not lists that someone reads. */
export function liveCard(id: string, title: string, body: Html, more?: Html): Html {
  return html`<section class="card" id="${id}" data-live aria-labelledby="${id}-title">
    ${titled(id, title, body, more)}
  </section>`;
}

function titled(id: string, title: string, body: Html, more: Html | undefined): Html {
  return html`<header>
      <h2 id="${id}-title">${title}</h2>
      ${more ?? ""}
    </header>
    ${body}`;
}
