/** Before something that is not easily undone: its effect in counts, and the name to be typed. */
import { html } from "hono/html";
import { asCommand, badge, type Html } from "../html.ts";

export interface Confirmation {
  /** Of the page: a question. */
  readonly title: string;
  /** What will happen, in counts. */
  readonly effects: readonly (string | Html)[];
  /** To be typed. */
  readonly name: string;
  /** Verb of the button. */
  readonly verb: string;
  /** Where the form posts to. */
  readonly action: string;
  /** Where one gets away. */
  readonly back: string;
  /** The same on the command line; undefined where there is none. */
  readonly command: string | undefined;
  /** Makes pressing twice one act. */
  readonly key: string;
  /** What was typed in place of the name; undefined at first. */
  readonly typed?: string | undefined;
}

export function confirmPage(data: Confirmation): Html {
  const { title, effects, name, verb, action, back, key, typed } = data;
  const isWrong = typed !== undefined;
  return html`<section class="lead confirm">
    <header>
      <h1>${title}</h1>
      ${data.command === undefined ? "" : asCommand(data.command)}
    </header>
    <ul class="effects">
      ${effects.map((effect) => html`<li>${effect}</li>`)}
    </ul>
    <form method="post" action="${action}">
      <input type="hidden" name="key" value="${key}" />
      <label for="confirm-name">Type <code>${name}</code> to go on</label>
      <input
        type="text"
        id="confirm-name"
        name="name"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        maxlength="200"
        required
        ${isWrong ? html`aria-invalid="true" aria-describedby="confirm-wrong"` : ""}
      />
      ${isWrong ? html`<p id="confirm-wrong" role="alert">${badge("failed", `Nothing was done: “${typed}” is not the name`)}</p>` : ""}
      <p class="submit">
        <button class="danger">${verb}</button>
        <a class="button" href="${back}">Leave it as it is</a>
      </p>
    </form>
  </section>`;
}
