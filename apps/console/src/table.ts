import { html } from "hono/html";
import type { Html } from "./html.ts";

/** A column by its head: words, words over numbers, words for who does not see, or a cell of its own. */
export type Column = string | { readonly number: string } | { readonly unseen: string } | { readonly cell: Html };

/**
 * A table that scrolls by itself where it is wider than the page, by keyboard too.
 * @param named What it is a table of: the id of its title, or words.
 * @param look Class of the table.
 * @param rows Elements `tr`.
 */
export function scrollingTable(
  { named, look }: { readonly named: { readonly by: string } | { readonly as: string }; readonly look?: string },
  columns: readonly Column[],
  rows: readonly Html[],
): Html {
  const name = "by" in named ? html`aria-labelledby="${named.by}"` : html`aria-label="${named.as}"`;
  return html`<div class="scroll" tabindex="0" role="region" ${name}>
    <table ${look === undefined ? "" : html`class="${look}"`}>
      <thead>
        <tr>
          ${columns.map(headOf)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function headOf(column: Column): Html {
  if (typeof column === "string") return html`<th scope="col">${column}</th>`;
  if ("number" in column) return html`<th scope="col" class="number">${column.number}</th>`;
  if ("unseen" in column) return html`<th scope="col"><span class="hidden">${column.unseen}</span></th>`;
  return column.cell;
}
