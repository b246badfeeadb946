/** Two versions side by side, or a version and its n-gram model: what each says, how quickly, and what of it stands in its corpus. */
import type { RouteList } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { badge, card, command, empty, failing, type Html } from "../html.ts";
import { type Asked, nameInWords, ngramsOf, requestFor, type Side, SIDES } from "../playground/asked.ts";
import { codeFor } from "../playground/code.ts";
import { answerCard, type Outcome } from "./playground_answer.ts";

export interface PlaygroundData {
  readonly routes: Answer<RouteList>;
  readonly asked: Asked;
  /** Versions that know how a conversation is written, as `<name>@<version>`. */
  readonly chatting: readonly string[];
  readonly outcomes: Readonly<Record<Side, Outcome>>;
  /** What is wrong with what was asked. */
  readonly problem: string | undefined;
  /** Base address of the API, with `/v1`. */
  readonly baseUrl: string;
  readonly traceId: string;
}

type Route = RouteList["routes"][number];

export function playgroundPage(data: PlaygroundData): Html {
  const { routes, asked, outcomes, traceId } = data;
  if (routes.kind === "failed") {
    return html`<h1>Playground</h1>
      ${failing(routes.failure, "Reload the page; if it stays, look at the log of inference.", traceId)}`;
  }
  const served = valueOf(routes)?.routes ?? [];
  if (served.length === 0) {
    const how = html`Start with ${command("npx millrace run ./docs")}`;
    return html`<h1>Playground</h1>
      ${card("nothing", "Nothing is served yet", empty(ghostBars(), "A run that ends well puts its model here to be tried.", how))}`;
  }
  return html`<h1>${titleOf(asked)}</h1>
    <form class="card playground" method="post" action="/playground" data-playground>${form(data, served)}</form>
    <div class="answers">${SIDES.map((side) => answerCard(side, asked[side], outcomes[side], traceId))}</div> `;
}

function titleOf({ left, right }: Asked): string {
  const [one, other] = [left, right].map((model) => model && nameInWords(model));
  return other === undefined ? `Try ${one ?? "a version"}` : `${one} beside ${other}`;
}

function form({ asked, chatting, problem, baseUrl }: PlaygroundData, served: readonly Route[]): Html {
  const isWrong = problem !== undefined;
  return html`<label class="prompt">
      <span>${asked.mode === "chat" ? "Message" : "Text to be continued"}</span>
      <textarea
        name="prompt"
        rows="4"
        maxlength="20000"
        spellcheck="false"
        required
        aria-describedby="problem"
        ${isWrong ? html`aria-invalid="true"` : ""}
      >
${asked.prompt}</textarea>
    </label>
    <div class="settings">
      ${choice("left", "Version", asked.left, served)} ${choice("right", "Beside it", asked.right, served)}
      <label>
        <span>Most tokens</span>
        <input name="maxTokens" type="number" min="1" max="4096" value="${asked.maxTokens ?? ""}" />
      </label>
      <label>
        <span>Temperature</span>
        <input name="temperature" type="number" min="0" max="2" step="any" value="${asked.temperature}" />
      </label>
      <label>
        <span>Seed</span>
        <input name="seed" type="number" min="0" placeholder="any" value="${asked.seed ?? ""}" />
      </label>
    </div>
    ${mode(asked, chatting)}
    <p class="submit">
      <button class="primary" data-ask>Ask</button>
      <span class="muted no-phone"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
      <button type="button" data-stop hidden>Stop</button>
    </p>
    <p class="why failed" id="problem" role="alert" ${isWrong ? "" : "hidden"}>
      ${isWrong ? html`${badge("failed", "Not asked")} ${problem}` : ""}
    </p>
    ${code(baseUrl, asked)}`;
}

function choice(side: Side, name: string, chosen: string | undefined, served: readonly Route[]): Html {
  const option = (value: string, more = ""): Html => {
    const words = nameInWords(value);
    return html`<option value="${value}" data-name="${words}" ${value === chosen ? "selected" : ""}>
      ${words}${more}
    </option>`;
  };
  return html`<label>
    <span>${name}</span>
    <select name="${side}">
      ${side === "right" ? html`<option value="">none</option>` : ""}
      ${served.map((route) => option(versionOf(route), route.percent > 0 ? `, ${route.percent} % of traffic` : ""))}
      ${
        side === "right"
          ? html`<optgroup label="What counting the same tokens gives">
              ${served.map((route) => option(ngramsOf(versionOf(route))))}
            </optgroup>`
          : ""
      }
    </select>
  </label>`;
}

function versionOf({ model, version }: Route): string {
  return `${model}@${version}`;
}

/** Chat is offered where a version knows how a conversation is written; base models only continue text. */
function mode({ mode: chosen }: Asked, chatting: readonly string[]): Html {
  if (chatting.length === 0) {
    return html`<input type="hidden" name="mode" value="complete" />
      <p class="note muted">
        These are base models: they continue text. A version with a chat template can be chatted with here.
      </p>`;
  }
  const radio = (value: Asked["mode"], name: string): Html =>
    html`<label
      ><input type="radio" name="mode" value="${value}" ${value === chosen ? "checked" : ""} /> ${name}</label
    >`;
  return html`<fieldset class="mode-of">
    <legend class="hidden">What is asked</legend>
    ${radio("complete", "Continue text")}
    ${radio("chat", `Chat (${chatting.map((one) => one.replace("@", " v")).join(", ")})`)}
  </fieldset>`;
}

/** Written anew while the form is edited. */
export function code(baseUrl: string, asked: Asked): Html {
  const all = codeFor(baseUrl, requestFor(asked.left ?? "", asked));
  return html`<div class="code-of" id="code-of">
    <details>
      <summary>The same from code</summary>
      ${all.map(
        ({ name, text }) =>
          html`<h3>${name}</h3>
            <pre tabindex="0">${text}</pre>`,
      )}
    </details>
    <p class="copies">
      Copy as
      ${all.map(
        ({ name, text }) =>
          html`<button type="button" class="copy" data-copy="${text}">
            <span class="hidden">Copy as </span>${name}
          </button> `,
      )}
    </p>
  </div>`;
}
