import { html } from "hono/html";
import { command, type Html } from "../html.ts";
import type { Theme } from "../frame/frame.ts";

/**
 * Where everyone without a session is led to.
 * @param loginCommand Prints another link.
 * @param wasRefused A link was tried and did not hold.
 */
export function loginNeededPage(assets: string, theme: Theme, loginCommand: string, wasRefused: boolean): Html {
  return bare(
    assets,
    theme,
    wasRefused ? "This link does not hold" : "Log in",
    html`<h1>${wasRefused ? "This link does not hold" : "Log in with a link from the command line"}</h1>
      <p>
        ${wasRefused ? "A link works once, for ten minutes. Take a new one:" : "This prints a link that works once:"}
      </p>
      <p>${command(loginCommand)}</p>`,
  );
}

/** Leads on to the console. @param project Named when it is not the usual one. */
export function loggedInPage(assets: string, theme: Theme, project: string): Html {
  return bare(
    assets,
    theme,
    "Logged in",
    html`<h1>Logged in${project === "" ? "" : ` to ${project}`}</h1>
      <p><a class="button primary" href="/">Open the console</a></p>`,
    html`<meta http-equiv="refresh" content="0; url=/" />`,
  );
}

function bare(assets: string, theme: Theme, title: string, body: Html, head: Html | "" = ""): Html {
  return html`<!doctype html>
    <html lang="en" data-theme="${theme}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${head}
        <title>${title} · Millrace</title>
        <link rel="icon" href="${assets}/icon.svg" type="image/svg+xml" />
        ${["tokens", "frame", "parts"].map((name) => html`<link rel="stylesheet" href="${assets}/${name}.css" />`)}
      </head>
      <body class="bare">
        <main>
          <p class="brand"><span class="wheel" aria-hidden="true"></span>Millrace</p>
          ${body}
        </main>
      </body>
    </html>`;
}
