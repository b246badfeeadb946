import { html } from "hono/html";
import { formatDuration } from "../format.ts";
import { badge, type Html, type Tone } from "../html.ts";
import type { Station } from "../rollout_state.ts";

const TONES: Readonly<Record<Station["state"], Tone>> = {
  done: "ok",
  running: "running",
  paused: "warn",
  awaiting: "warn",
  failed: "failed",
  cancelled: "idle",
  skipped: "idle",
  waiting: "idle",
};
const WORDS: Readonly<Record<Station["state"], string>> = {
  done: "done",
  running: "here now",
  paused: "paused",
  awaiting: "needs approval",
  failed: "ended here",
  cancelled: "cancelled here",
  skipped: "not needed",
  waiting: "not yet",
};
/** It stands there, and goes on. */
const CURRENT: readonly Station["state"][] = ["running", "paused", "awaiting"];

/** The way of a version, station by station, with the time it took; on a phone from top to bottom. */
export function stations(list: readonly Station[]): Html {
  return html`<ol class="stations">
    ${list.map(
      ({ name, state, at, seconds }) =>
        html`<li class="${state}" ${CURRENT.includes(state) ? html`aria-current="step"` : ""}>
          <b>${name}</b>
          ${badge(TONES[state], WORDS[state])}
          ${
            seconds === undefined
              ? html`<span class="muted"
                  >${at === undefined ? "" : html`<time datetime="${at}" title="${at}">${at.slice(11, 19)}</time>`}</span
                >`
              : html`<span class="muted" title="${at}">${formatDuration(seconds)}</span>`
          }
        </li>`,
    )}
  </ol>`;
}
