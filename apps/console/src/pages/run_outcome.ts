import type { RefusedConversations, Summary } from "@millrace/contracts";
import { html } from "hono/html";
import { bitsChart } from "../charts/bits.ts";
import { corpusAddress } from "../corpus_address.ts";
import { counted, formatCount } from "../format.ts";
import { card, liveCard, command, hashTag, type Html } from "../html.ts";

/** What came out of a run so far: figures, the verdict, samples. */
export function outcome(runId: string, summary: Summary): Html {
  return html`<div class="columns two">
      ${liveCard("made", "What was made", figures(summary))} ${quality(runId, summary)}
    </div>
    ${summary.documents?.refused ? refused(runId, summary.documents.refused) : ""}
    ${summary.samples === null ? "" : card("samples", "First words", samples(summary))}`;
}

/** Conversations that nothing is learnt from: how many, and why, of the first of them. */
function refused(runId: string, { count, first }: RefusedConversations): Html {
  const more =
    count > first.length ? html`<p class="note muted">And ${counted(count - first.length, "other")}.</p>` : "";
  const body = html`<ul class="lines">
      ${first.map(
        ({ source, reason }) =>
          html`<li>
            <code>${source}</code>
            <p class="muted">${reason}</p>
          </li>`,
      )}
    </ul>
    ${more}`;
  const title = `The chat template refused ${counted(count, "conversation")}: nothing is learnt from ${count === 1 ? "it" : "them"}`;
  return card("refused", title, body, html`<a href="${corpusAddress({ run: runId })}">Documents</a>`);
}

function figures({
  documents,
  tokens,
  vocabulary,
  parameters,
  steps,
  nodes,
  model,
  corpusHash,
  base,
  endpoint,
}: Summary): Html {
  const lines: [string, Html | string][] = [];
  if (documents)
    lines.push(["Documents", `${formatCount(documents.kept)} kept of ${formatCount(documents.read)} read`]);
  if (corpusHash) lines.push(["Corpus", hashTag(corpusHash)]);
  if (tokens)
    lines.push(["Tokens", `${formatCount(tokens.train)} to train on, ${formatCount(tokens.validation)} held out`]);
  if (base) lines.push(["Base model", html`<code>${base.name}</code>, licence ${base.licence ?? "not named"}`]);
  if (vocabulary !== null) lines.push(["Vocabulary", counted(vocabulary, "token")]);
  if (parameters !== null) lines.push(["Parameters", formatCount(parameters)]);
  if (steps !== null && nodes !== null)
    lines.push(["Training", `${counted(steps, "step")} on ${counted(nodes, "node")}`]);
  if (model) lines.push(["Version", `${model.name} v${model.version}`]);
  if (endpoint !== null) lines.push(["Endpoint", command(endpoint)]);
  if (lines.length === 0)
    return html`<p class="muted">Nothing yet: the first figures stand here when cleaning ends.</p>`;
  return html`<dl class="pairs">
    ${lines.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function quality(runId: string, { bitsPerByte, verdict, loss }: Summary): Html {
  if (bitsPerByte === null) {
    return liveCard(
      "quality",
      "How good it is",
      html`<p class="muted">Bits per byte beside gzip and counting stand here when evaluating ends.</p>`,
    );
  }
  const after =
    loss === null ? "" : html`<p class="muted">Validation loss ${loss.validation.toFixed(3)} nats a token.</p>`;
  return liveCard(
    "quality",
    verdict === null ? "How good it is" : `${verdict[0]?.toUpperCase()}${verdict.slice(1)}`,
    html`${bitsChart(bitsPerByte)} ${after}`,
    html`<a href="/runs/${runId}/bits.csv" download>CSV</a>`,
  );
}

function samples({ samples }: Summary): Html {
  return html`<ul class="samples">
    ${(samples ?? []).map(
      ({ prompt, completion }) =>
        html`<li>
          <blockquote><b>${prompt}</b>${completion}</blockquote>
        </li>`,
    )}
  </ul>`;
}
