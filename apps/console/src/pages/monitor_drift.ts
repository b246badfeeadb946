/** Whether prompts are like the documents that a version was trained on: both distributions, and the index in words. */
import type { DriftView, Traffic } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { distributions } from "../charts/distributions.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount } from "../format.ts";
import { badge, empty, failing, type Html, liveCard } from "../html.ts";
import { monitorAddress, type MonitorView } from "../monitor_address.ts";

type Feature = DriftView["features"][number];

export function driftCard(
  answer: Answer<DriftView>,
  traffic: Traffic | undefined,
  view: MonitorView,
  traceId: string,
): Html {
  if (answer.kind === "failed")
    return liveCard(
      "drift",
      "Drift of prompts",
      failing(answer.failure, "Reload the page; if it stays, look at the log of monitor.", traceId),
    );
  const drift = valueOf(answer);
  if (drift === undefined)
    return liveCard(
      "drift",
      "Drift of prompts",
      empty(ghostBars(), "No version has answered in this time. Prompts beside its corpus will stand here."),
    );
  const answered = traffic?.versions ?? [];
  const isAlone = answered.every(({ version }) => version === drift.version);
  const more = html`<span class="corner"
    >${isAlone ? "" : versions(answered, drift.version, view)}
    <a href="${monitorAddress({ ...view, version: drift.version }, "/monitor/drift.csv")}" download>CSV</a></span
  >`;
  return liveCard("drift", findingOf(drift), body(drift), more);
}

function versions(list: Traffic["versions"], current: number, view: MonitorView): Html {
  return html`<span
    >${list.map(({ version }) =>
      version === current
        ? html`<b>v${version}</b> `
        : html`<a href="${monitorAddress({ ...view, version })}#drift">v${version}</a> `,
    )}</span
  >`;
}

function findingOf({ version, state, drifted, features, collected, wanted }: DriftView): string {
  if (state === "unknown") return `No prompt of v${version} was counted yet`;
  if (state === "no_features") return `Prompts of v${version} cannot be compared: its corpus has no profile for it`;
  if (state === "collecting")
    return `${formatCount(collected)} of ${counted(wanted, "prompt")} that it takes to judge v${version}`;
  if (!drifted) return `Prompts of v${version} are like its corpus`;
  const named = features.filter((feature) => feature.drifted).map(({ name }) => WORDS[name]?.short ?? name);
  return `Prompts of v${version} are unlike its corpus: ${named.join(", ")}`;
}

/** Names of features are the profile's; one that is not known here keeps its own. */
const WORDS: Readonly<Record<string, { readonly short: string; readonly meaning: string }>> = {
  letters: { short: "letters", meaning: "share of characters that are letters" },
  bytesPerToken: { short: "bytes a token", meaning: "how well the tokenizer fits the text" },
  tokenRank: { short: "rareness of tokens", meaning: "how rare its tokens are in the corpus" },
};

function body(drift: DriftView): Html {
  const { state, features, window, wanted, collected, falseAlarmRate } = drift;
  if (features.length === 0) {
    const sentence =
      state === "no_features"
        ? "It was trained by a former release. The next run of its recipe has a profile."
        : `Prompts of 40 characters and more are counted, never kept. ${counted(wanted, "prompt")} are judged at a time.`;
    return empty(ghostBars(), sentence);
  }
  const prompts = Math.max(...features.map((feature) => feature.prompts.reduce((sum, count) => sum + count, 0)));
  return html`<p class="muted">
      ${counted(prompts, "prompt")}${window === null ? "" : html`, <time datetime="${window.start}">${minute(window.start)}</time> to <time datetime="${window.end}">${minute(window.end)}</time> UTC`},
      beside the documents of the corpus.
      ${state === "judged" ? `${formatCount(collected)} of the next ${formatCount(wanted)} are collected.` : "Not judged yet."}
      Without drift, ${formatCount(falseAlarmRate * 10_000)} sample in 10,000 would be called drift by chance.
    </p>
    <div class="drift">${features.map(featureOf)}</div>
    <p class="legend"><span class="prompts">prompts</span><span class="corpus">corpus</span></p>`;
}

function featureOf({ name, bins, corpus, prompts, index, threshold, drifted }: Feature): Html {
  const { short, meaning } = WORDS[name] ?? { short: name, meaning: name };
  return html`<section aria-label="${short}">
    <h3>${short[0]?.toUpperCase()}${short.slice(1)}</h3>
    <p class="muted">${meaning}</p>
    <p>
      ${
        index === null || threshold === null
          ? html`<span class="muted">too few prompts to judge</span>`
          : html`${badge(drifted ? "warn" : "ok", drifted ? "unlike" : "like")} stability index ${index.toFixed(2)},
            ${drifted ? "above" : "below"} the threshold of ${threshold.toFixed(2)}`
      }
    </p>
    ${distributions({ name: short, bins, corpus, prompts })}
  </section>`;
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
