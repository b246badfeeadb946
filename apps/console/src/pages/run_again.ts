/** Run again with changes: the recipe to be edited, what is wrong with it, and how it differs from the run before. */
import { type Difference, differencesOf, type Recipe, type RunView, shellWord } from "@millrace/contracts";
import { html } from "hono/html";
import { counted } from "../format.ts";
import { type Edited } from "../edited_recipe.ts";
import { asCommand, badge, card, type Html } from "../html.ts";
import { recipeKeys } from "../recipe_keys.ts";
import { differenceTable } from "./run_recipe.ts";

export interface AgainData {
  readonly run: RunView;
  readonly before: Recipe;
  /** As it was typed. */
  readonly text: string;
  readonly edited: Edited;
  /** Makes pressing the button twice one run. */
  readonly key: string;
  /** Why the run was not started, when it could not be. */
  readonly refusal?: string | undefined;
}

export function againPage(data: AgainData): Html {
  const { run, text, edited, key, refusal } = data;
  return html`<section class="lead">
      <header>
        <h1>Run ${run.name} again with changes</h1>
        <span class="muted"
          >of run <a href="/runs/${run.id}"><code>${run.id}</code></a></span
        >
      </header>
      <p class="muted">The run starts from the sources, with this recipe. Runs there are stay as they are.</p>
      ${refusal === undefined ? "" : html`<p class="why failed" role="alert">${badge("failed", "Not started")} ${refusal}</p>`}
    </section>
    <form class="beside even" method="post" action="/runs/${run.id}/again" data-check="/runs/${run.id}/again/check">
      <input type="hidden" name="key" value="${key}" />
      ${card(
        "recipe",
        "Recipe",
        html`<textarea
            class="code"
            name="recipe"
            rows="${Math.min(40, text.split("\n").length + 2)}"
            spellcheck="false"
            autocapitalize="off"
            autocomplete="off"
            aria-labelledby="recipe-title"
            aria-describedby="check"
            ${edited.ok ? "" : html`aria-invalid="true"`}
          >
${text}</textarea>
          <p class="submit">
            <button class="primary">Start run</button>
            <button formaction="/runs/${run.id}/again/check">Check</button>
            <a class="button" href="/runs/${run.id}/recipe">Cancel</a>
          </p>`,
      )}
      <div class="stack">
        <section class="card" id="check" role="status" aria-live="polite">${check(data)}</section>
        ${keys()}
      </div>
    </form>`;
}

/** What is wrong, or what differs: read again while the recipe is edited. */
export function check({ run, before, edited }: Pick<AgainData, "run" | "before" | "edited">): Html {
  if (!edited.ok) {
    return html`<header>
        <h2>${badge("failed", counted(edited.problems.length, "problem"))}</h2>
      </header>
      <ul class="lines problems">
        ${edited.problems.map(({ message }) => html`<li>${message}</li>`)}
      </ul>`;
  }
  const found = differencesOf(before, edited.recipe);
  if (found.length === 0) {
    return html`<header><h2>Nothing is changed yet</h2></header>
      <p class="muted">
        Started as it is, the run makes the same corpus and the same bytes of model, if the sources did not change.
      </p>
      ${asCommand(commandOf(run, found))}`;
  }
  return html`<header>
      <h2>${counted(found.length, "change")} to <code>${run.id}</code></h2>
    </header>
    ${differenceTable(found, html`Before`, "After")} ${isSettable(found) ? asCommand(commandOf(run, found)) : ""}`;
}

/** The command line sets keys; it takes none away. */
function isSettable(changes: readonly Difference[]): boolean {
  return changes.every(({ isRemoved }) => !isRemoved);
}

function commandOf(run: RunView, changes: readonly Difference[]): string {
  const settings = changes.map(({ key, after }) => ` --set ${key}=${shellWord(after)}`);
  return `npx millrace run --again ${run.id}${settings.join("")}`;
}

function keys(): Html {
  return html`<details class="card keys">
    <summary>Keys that can be set</summary>
    <dl>
      ${recipeKeys().map(
        ({ key, about }) =>
          html`<dt><code>${key}</code></dt>
            <dd class="muted">${about}</dd>`,
      )}
    </dl>
  </details>`;
}
