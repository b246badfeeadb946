import { html } from "hono/html";
import type { Html } from "../html.ts";

/** A small line without axes beside its figure: from zero, a gap where nothing was measured. @param values In order of time. */
export function spark(values: readonly (number | null)[]): Html {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const step = 100 / Math.max(1, values.length - 1);
  let d = "";
  let isDown = false;
  for (const [place, value] of values.entries()) {
    if (value !== null)
      d += `${isDown ? "L" : "M"}${(place * step).toFixed(1)} ${(19 - (18 * value) / most).toFixed(1)}`;
    isDown = value !== null;
  }
  return html`<svg class="spark" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
    <path d="${d}" />
  </svg>`;
}
