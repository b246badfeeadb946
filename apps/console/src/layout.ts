/** The frame around every page: rail, top bar, main part, and what opens over them. */
import { html } from "hono/html";
import { keysDialog, paletteDialog } from "./frame/dialogs.ts";
import type { Frame } from "./frame/frame.ts";
import { rail } from "./frame/rail.ts";
import { topBar } from "./frame/top_bar.ts";

const STYLES = ["tokens", "frame", "overlays", "parts", "models", "operations", "charts", "uplot"];

/** What stands before and after the inside of a page's main part: browsers fetch styles and paint the frame while that is being read. */
export async function layout(frame: Frame): Promise<readonly [before: string, after: string]> {
  const { assets } = frame;
  const page = await html`<!doctype html>
    <html lang="en" data-theme="${frame.theme}" data-rail="${frame.rail}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${frame.title} · Millrace</title>
        <link rel="icon" href="${assets}/icon.svg" type="image/svg+xml" />
        <link rel="preload" href="${assets}/inter.woff2" as="font" type="font/woff2" crossorigin />
        ${STYLES.map((name) => html`<link rel="stylesheet" href="${assets}/${name}.css" />`)}
        <script type="module" src="${assets}/page.js"></script>
        ${(frame.scripts ?? []).map((name) => html`<script type="module" src="${assets}/${name}"></script>`)}
      </head>
      <body ${frame.liveRun === undefined ? "" : html`data-run="${frame.liveRun}"`}>
        <a class="skip" href="#main">Skip to content</a>
        ${topBar(frame)} ${rail(frame)}
        <main id="main" tabindex="-1"></main>
        ${paletteDialog()} ${keysDialog(frame.commandKey)}
        <p class="hidden" id="said" role="status"></p>
      </body>
    </html>`;
  const seam = page.indexOf("</main>");
  return [page.slice(0, seam), page.slice(seam)];
}
