/** Who is here, what is being worked on, and the ways to find anything. */
import { html } from "hono/html";
import type { Html } from "../html.ts";
import { type Frame, type Theme, THEMES } from "./frame.ts";
import { tray } from "./tray.ts";

export function topBar(frame: Frame): Html {
  return html`<header class="top">
    <a class="brand" href="/"><span class="wheel" aria-hidden="true"></span><span class="word">Millrace</span></a>
    <span class="project" title="Project">${frame.project}</span>
    ${search(frame)}
    <div class="news">
      <span class="tray" id="tray" data-live>${tray(frame.runs)}</span>
      <span class="as-of" id="as-of" role="status"></span>
    </div>
    <span class="mode" title="${MODES[frame.mode]}">${frame.mode}</span>
    ${theme(frame)} ${user(frame)}
  </header>`;
}

const MODES: Readonly<Record<Frame["mode"], string>> = {
  embedded: "All services run in one process on this machine",
  distributed: "Each service is a process of its own",
};

/** Two ways in: words of the corpus, and anything at all. Without a script the second leads to the page of the first. */
function search({ query, commandKey }: Frame): Html {
  return html`<form class="find" action="/search" role="search">
      <input
        type="search"
        name="q"
        value="${query ?? ""}"
        aria-label="Search the corpus"
        placeholder="Search the corpus"
        maxlength="200"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
    <a class="button quiet go" href="/search" data-opens="palette">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 13.5 13.5" />
      </svg>
      <span class="long">Go to</span> <kbd aria-hidden="true">${commandKey} K</kbd>
    </a>`;
}

function theme(frame: Frame): Html {
  const next = THEMES[(THEMES.indexOf(frame.theme) + 1) % THEMES.length] ?? "system";
  const marks: Readonly<Record<Theme, string>> = { system: "◑", light: "○", dark: "●" };
  return html`<form method="post" action="/theme">
    <input type="hidden" name="return" value="${frame.path}" />
    <button class="quiet square" name="theme" value="${next}" title="Theme: ${frame.theme}">
      <span aria-hidden="true">${marks[frame.theme]}</span>
      <span class="hidden">Theme is ${frame.theme}, switch to ${next}</span>
    </button>
  </form>`;
}

function user({ user: name, role, project, mode }: Frame): Html {
  return html`<button type="button" class="quiet user" popovertarget="user" title="Logged in as ${name}">
      <span class="initial" aria-hidden="true">${name.slice(0, 1).toUpperCase()}</span>
      <span class="name">${name}</span>
    </button>
    <div class="menu" id="user" popover>
      <dl class="pairs">
        <dt>User</dt>
        <dd>${name}</dd>
        <dt>Role</dt>
        <dd>${role}</dd>
        <dt>Project</dt>
        <dd>${project}</dd>
        <dt>Mode</dt>
        <dd>${mode}<br /><span class="muted">${MODES[mode]}</span></dd>
      </dl>
      <form method="post" action="/logout"><button>Log out</button></form>
    </div>`;
}
