import { type Difference, differencesOf, type Recipe } from "@millrace/contracts";
import { html } from "hono/html";
import { card, empty, type Html } from "../html.ts";

/** What was asked for, and how that differs from the run before. */
export function recipeTab(
  recipe: Recipe | undefined,
  previousId: string | undefined,
  previous: Recipe | undefined,
): Html {
  if (recipe === undefined) return empty("", "The recipe of this run is not known.");
  return html`${previousId === undefined || previous === undefined ? "" : card("changes", "Changed since the run before", differences(recipe, previousId, previous))}
  ${card("recipe", "Recipe", html`<pre class="code" tabindex="0">${JSON.stringify(recipe, null, 2)}</pre>`)}`;
}

function differences(recipe: Recipe, previousId: string, previous: Recipe): Html {
  const found = differencesOf(previous, recipe);
  const link = html`<a href="/runs/${previousId}/recipe"><code>${previousId}</code></a>`;
  if (found.length === 0) return html`<p>Nothing: the same recipe as ${link}.</p>`;
  return differenceTable(found, link, "This run");
}

/** @param before, after Heads of the two columns. */
export function differenceTable(found: readonly Difference[], before: Html, after: string): Html {
  return html`<table class="differences">
    <thead>
      <tr>
        <th scope="col">Key</th>
        <th scope="col">${before}</th>
        <th scope="col">${after}</th>
      </tr>
    </thead>
    <tbody>
      ${found.map(
        (one) =>
          html`<tr>
            <th scope="row"><code>${one.key}</code></th>
            <td><code>${one.before}</code></td>
            <td><code>${one.after}</code></td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
