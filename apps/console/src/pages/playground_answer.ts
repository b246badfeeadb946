/** One version's answer: its text with what stands word for word in the corpus underlined, the sources, and how quick it was. */
import type { VerbatimSpans } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount } from "../format.ts";
import { badge, empty, failing, type Html } from "../html.ts";
import { tokenRate } from "../islands/pace.ts";
import type { CompletedAnswer } from "../playground/answer.ts";
import { nameInWords, type Side } from "../playground/asked.ts";
import { verbatimPieces } from "../playground/verbatim_pieces.ts";

export type Outcome =
  | { readonly kind: "waiting" }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "answered"; readonly answer: CompletedAnswer; readonly verbatim: Answer<VerbatimSpans> };

/** @param model `<name>@<version>`, or the name of an n-gram model; undefined while none is chosen for this side. */
export function answerCard(side: Side, model: string | undefined, outcome: Outcome, traceId: string): Html {
  const name = model === undefined ? "No version" : nameInWords(model);
  return html`<section
    class="card answer"
    id="${side}"
    data-side="${side}"
    ${model === undefined ? "hidden" : ""}
    aria-labelledby="${side}-title"
  >
    <header>
      <h2 id="${side}-title">${name}</h2>
      <span class="pace muted" role="status">${outcome.kind === "answered" ? pace(outcome.answer) : ""}</span>
    </header>
    <div class="given">${body(side, outcome, traceId)}</div>
  </section>`;
}

function body(side: Side, outcome: Outcome, traceId: string): Html {
  if (outcome.kind === "waiting") {
    return empty(ghostBars(), "The answer will stand here, with what it has word for word from its corpus underlined.");
  }
  if (outcome.kind === "refused") {
    return html`<p class="why failed" role="alert">${badge("failed", "No answer")} ${outcome.message}</p>`;
  }
  return givenAnswer(side, outcome.answer.text, outcome.verbatim, traceId);
}

/** `first token 38 ms · 52 tokens a second · 64 tokens, ended by length` */
function pace({ firstTokenMs, restMs, tokens, finish }: CompletedAnswer): string {
  const rate = tokenRate(tokens, restMs);
  const end = finish === "length" ? "cut at the length asked for" : "ended by itself";
  return [
    `first token ${formatCount(firstTokenMs)} ms`,
    rate && `${formatCount(rate)} tokens a second`,
    `${counted(tokens, "token")}, ${end}`,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

/** Text and sources: what a script puts in place when an answer has ended. */
export function givenAnswer(side: Side, text: string, verbatim: Answer<VerbatimSpans>, traceId: string): Html {
  const spans = valueOf(verbatim)?.spans ?? [];
  const marked = verbatimPieces(text, spans).map(({ text: part, span }) =>
    span === undefined
      ? html`${part}`
      : html`<a class="verbatim" href="#${side}-span-${span + 1}">${part}<sup>${span + 1}</sup></a>`,
  );
  return html`<pre class="text said" tabindex="0" aria-label="Answer">${marked}</pre>
    ${sources(side, verbatim, traceId)}`;
}

function sources(side: Side, verbatim: Answer<VerbatimSpans>, traceId: string): Html {
  if (verbatim.kind === "failed") {
    return failing(verbatim.failure, "The answer is whole; ask again to see what stands in its corpus.", traceId);
  }
  const found = valueOf(verbatim);
  if (found === undefined) return html`<p class="muted">The corpus of this version is not here any more.</p>`;
  if (found.spans.length === 0) {
    return html`<p class="note">${badge("ok", "Nothing of 6 tokens and more stands word for word in its corpus")}</p>`;
  }
  const copied = found.spans.length === 1 ? "1 span stands" : `${formatCount(found.spans.length)} spans stand`;
  return html`<section class="sources-of" aria-label="Sources of the answer">
    <h3>${copied} word for word in the corpus</h3>
    <ol>
      ${found.spans.map((span, index) => source(`${side}-span-${index + 1}`, index + 1, span, found.text))}
    </ol>
  </section>`;
}

type Span = VerbatimSpans["spans"][number];

function source(id: string, number: number, { start, end, tokens, occurrences, documents }: Span, text: string): Html {
  const times = occurrences === 1 ? "once" : `${formatCount(occurrences)} times`;
  return html`<li id="${id}" tabindex="-1">
    <p><sup>${number}</sup> <q>${text.slice(start, end).trim()}</q></p>
    <p class="muted">${counted(tokens, "token")}, ${times} in the corpus</p>
    <ul>
      ${documents.map((document) =>
        document.state === "erased"
          ? html`<li class="muted">a document that was erased since</li>`
          : html`<li>
              <a href="/documents/${encodeURIComponent(document.id)}?start=${document.start}&end=${document.end}#span"
                >${document.title ?? document.source}</a
              >
              ${document.title === null ? "" : html`<code class="muted">${document.source}</code>`}
            </li>`,
      )}
    </ul>
  </li>`;
}
