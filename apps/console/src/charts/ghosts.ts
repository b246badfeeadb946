/** Outlines of charts in line colour: what will stand where nothing is yet. */
import { html } from "hono/html";
import type { Html } from "../html.ts";

export function ghostRace(): Html {
  const d = "M0 6H700V40H420C360 40 350 48 290 48C230 48 240 58 180 60C130 62 120 70 0 70Z";
  return html`<svg class="ghost" viewBox="0 0 700 76" preserveAspectRatio="none" aria-hidden="true">
    <path d="${d}" />
  </svg>`;
}

export function ghostCurve(): Html {
  const d = "M0 10C60 110 160 128 700 140M0 30C70 120 180 138 700 146";
  return html`<svg class="ghost" viewBox="0 0 700 160" preserveAspectRatio="none" aria-hidden="true">
    <path d="${d}" />
  </svg>`;
}

export function ghostBars(): Html {
  const widths = [680, 520, 430, 400, 340];
  return html`<svg class="ghost" viewBox="0 0 700 130" preserveAspectRatio="none" aria-hidden="true">
    ${widths.map((width, index) => html`<rect x="0" y="${6 + 25 * index}" width="${width}" height="16" />`)}
  </svg>`;
}
