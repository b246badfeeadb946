/** Where one can go: a rail at the side, which can be made narrow; on a phone a bar at the foot. */
import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Frame, RailWidth } from "./frame.ts";
import { ADMIN, GROUPS, type Place, type Stop } from "./places.ts";

export function rail({ place, rail: width, path, role }: Pick<Frame, "place" | "rail" | "path" | "role">): Html {
  return html`<nav class="rail" id="rail" aria-label="Pages">
    ${GROUPS.map(
      ({ group, stops }) =>
        html`${group === "" ? "" : html`<p class="group">${group}</p>`}
          <ul>
            ${stops.map((stop) => railStop(stop, place))}
          </ul>`,
    )}
    <div class="foot">
      ${
        role === "admin"
          ? html`<ul>
              ${railStop(ADMIN, place)}
            </ul>`
          : ""
      }
      <button type="button" class="quiet" data-opens="keys" title="Keys">
        <kbd aria-hidden="true">?</kbd><span class="long">Keys</span>
      </button>
      ${widthButton(width, path)}
    </div>
  </nav>`;
}

function railStop({ place, name, short, href, icon, onPhone }: Stop, current: Place | undefined): Html {
  return html`<li class="${onPhone ? "" : "no-phone"}">
    <a href="${href}" title="${name}" ${place === current ? html`aria-current="page"` : ""}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="${icon}" /></svg>
      <span class="long">${name}</span><span class="short" aria-hidden="true">${short}</span>
    </a>
  </li>`;
}

function widthButton(width: RailWidth, path: string): Html {
  const isWide = width === "wide";
  return html`<form method="post" action="/rail">
    <input type="hidden" name="return" value="${path}" />
    <button
      class="quiet"
      name="rail"
      value="${isWide ? "narrow" : "wide"}"
      title="${isWide ? "Collapse" : "Expand"}"
      aria-controls="rail"
      aria-expanded="${String(isWide)}"
    >
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2.5 3h11v10h-11ZM6.5 3v10" /></svg>
      <span class="long">Collapse</span>
    </button>
  </form>`;
}
