import type { BitsPerByte } from "@millrace/contracts";
import { html } from "hono/html";
import type { Html } from "../html.ts";

/**
 * Bits per byte of the held-out documents, the model beside its baselines: bars from zero, less is better.
 * @param others Measured on the same documents.
 */
export function bitsChart(
  { model, ngram, xzPrimed, gzip }: BitsPerByte,
  others: readonly { readonly name: string; readonly bits: number }[] = [],
): Html {
  const named: [string, number | null][] = [
    ["This model", model],
    ...others.map(({ name, bits }): [string, number] => [name, bits]),
    ["Counting (5-gram)", ngram],
    ["xz, primed", xzPrimed],
    ["gzip", gzip],
  ];
  const rows = named.flatMap(([name, bits]) => (bits === null ? [] : [{ name, bits }]));
  const most = Math.max(...rows.map(({ bits }) => bits));
  return html`<table class="bars">
    <caption class="muted">
      Bits per byte, less is better
    </caption>
    <tbody>
      ${rows.map(
        ({ name, bits }) =>
          html`<tr class="${name === "This model" ? "own" : ""}">
            <th scope="row">${name}</th>
            <td class="bar">
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width="${((100 * bits) / most).toFixed(2)}" height="10" />
              </svg>
            </td>
            <td class="number">${bits.toFixed(2)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
