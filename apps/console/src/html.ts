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
  return html`<code class="hash" title="${hash}" data-copy="${hash}">${shortHash(hash)}</code>`;
}

export type Tone = "ok" | "running" | "warn" | "failed" | "idle";
const MARKS: Readonly<Record<Tone, string>> = { ok: "●", running: "◐", warn: "▲", failed: "✕", idle: "○" };

/** A state: always colour, shape and word. */
export function badge(tone: Tone, word: string): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${MARKS[tone]}</span> ${word}</span>`;
}

/** A command of the CLI that does the same. */
export function command(text: string): Html {
  return html`<code class="command" data-copy="${text}">${text}</code>`;
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
      <dd><code data-copy="${traceId}">${traceId}</code></dd>
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
