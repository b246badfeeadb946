/** The frame around every page: rail, top bar, main part. */
import type { RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { badge, type Html } from "./html.ts";
import { formatShare } from "./format.ts";
import { currentStage, runningRun } from "./run_state.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export type Place = "home" | "corpus" | "search" | "runs";

export interface Frame {
  readonly title: string;
  /** Rail entry that this page stands under. */
  readonly place: Place | undefined;
  readonly project: string;
  readonly user: string;
  readonly theme: Theme;
  /** Where the theme button and the live stream come back to: path with query. */
  readonly path: string;
  /** Newest first; undefined when they could not be read. */
  readonly runs: readonly RunView[] | undefined;
  /** Base path of scripts and styles. */
  readonly assets: string;
  /** The run whose events make the page read its live parts again. */
  readonly liveRun?: string | undefined;
  readonly query?: string;
  /** Further scripts, by file name. */
  readonly scripts?: readonly string[];
}

interface Entry {
  readonly place: Place;
  readonly name: string;
  readonly short: string;
  readonly href: string;
  /** Stroke of a 16 px icon. */
  readonly icon: string;
}

const RAIL: readonly { readonly group: string; readonly entries: readonly Entry[] }[] = [
  {
    group: "",
    entries: [{ place: "home", name: "Home", short: "Home", href: "/", icon: "M2.5 7.5 8 3l5.5 4.5M4 6.8V13h8V6.8" }],
  },
  {
    group: "Data",
    entries: [
      {
        place: "corpus",
        name: "Corpus",
        short: "Data",
        href: "/corpus",
        icon: "M2.5 3.5h11M4 7h8M5.5 10.5h5M6.5 13.5h3",
      },
      {
        place: "search",
        name: "Search",
        short: "Search",
        href: "/search",
        icon: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.5 13.5",
      },
    ],
  },
  {
    group: "Train",
    entries: [
      { place: "runs", name: "Runs", short: "Runs", href: "/runs", icon: "M2.5 3v10.5h11M4.5 5c2 5 4 5.5 8.5 5.8" },
    ],
  },
];

/** A whole page. */
export function layout(frame: Frame, body: Html): Html {
  const { assets } = frame;
  return html`<!doctype html>
    <html lang="en" data-theme="${frame.theme}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${frame.title} · Millrace</title>
        <link rel="icon" href="${assets}/icon.svg" type="image/svg+xml" />
        <link rel="preload" href="${assets}/inter.woff2" as="font" type="font/woff2" crossorigin />
        ${["tokens", "frame", "parts", "charts", "uplot"].map((name) => html`<link rel="stylesheet" href="${assets}/${name}.css" />`)}
        <script type="module" src="${assets}/page.js"></script>
        ${(frame.scripts ?? []).map((name) => html`<script type="module" src="${assets}/${name}"></script>`)}
      </head>
      <body ${frame.liveRun === undefined ? "" : html`data-run="${frame.liveRun}"`}>
        <a class="skip" href="#main">Skip to content</a>
        ${topBar(frame)} ${rail(frame.place)}
        <main id="main" tabindex="-1">${body}</main>
      </body>
    </html>`;
}

function topBar(frame: Frame): Html {
  return html`<header class="top">
    <a class="brand" href="/"><span class="wheel" aria-hidden="true"></span>Millrace</a>
    <span class="project" title="Project">${frame.project}</span>
    <form class="find" action="/search" role="search">
      <input
        type="search"
        name="q"
        value="${frame.query ?? ""}"
        aria-label="Search the corpus"
        placeholder="Search the corpus"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
    <span class="tray" id="tray" data-live>${tray(frame.runs)}</span>
    <span class="as-of" id="as-of" role="status"></span>
    <form method="post" action="/theme">
      <input type="hidden" name="return" value="${frame.path}" />
      <button class="quiet" name="theme" value="${next(frame.theme)}" title="Theme: ${frame.theme}">
        <span aria-hidden="true">${{ system: "◑", light: "○", dark: "●" }[frame.theme]}</span>
        <span class="hidden">Theme is ${frame.theme}, switch to ${next(frame.theme)}</span>
      </button>
    </form>
    <form method="post" action="/logout">
      <button class="quiet" title="Logged in as ${frame.user}">Log out</button>
    </form>
  </header>`;
}

function tray(runs: readonly RunView[] | undefined): Html | "" {
  const run = runningRun(runs ?? []);
  if (!run) return "";
  const progress = currentStage(run)?.progress;
  const share = progress ? ` ${formatShare(progress.done, progress.total)}` : "";
  return html`<a href="/runs/${run.id}">${badge("running", `${run.name} ${run.state}${share}`)}</a>`;
}

function rail(place: Place | undefined): Html {
  return html`<nav class="rail" aria-label="Pages">
    ${RAIL.map(
      ({ group, entries }) =>
        html`${group === "" ? "" : html`<p class="group">${group}</p>`}
          <ul>
            ${entries.map((entry) => railEntry(entry, entry.place === place))}
          </ul>`,
    )}
  </nav>`;
}

function railEntry({ name, short, href, icon }: Entry, isCurrent: boolean): Html {
  return html`<li>
    <a href="${href}" ${isCurrent ? html`aria-current="page"` : ""}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="${icon}" /></svg>
      <span class="long">${name}</span><span class="short" aria-hidden="true">${short}</span>
    </a>
  </li>`;
}

function next(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
}
