/** What opens over a page by a key. Both are here from the start and closed, so that opening moves nothing. */
import { html } from "hono/html";
import type { Html } from "../html.ts";

/** Finds anything by a few letters; its script fills the list. */
export function paletteDialog(): Html {
  return html`<dialog class="palette" id="palette" aria-label="Go to anything" closedby="any">
    <div class="ask">
      <input
        type="text"
        role="combobox"
        aria-label="Run, document, version, hash, words or page"
        aria-autocomplete="list"
        aria-controls="palette-list"
        aria-expanded="false"
        placeholder="Run, document, version, hash, words or page"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        maxlength="200"
      />
      <form method="dialog"><button class="quiet">Close</button></form>
    </div>
    <div id="palette-list" role="listbox" aria-label="Found"></div>
    <footer>
      <span class="said" role="status"></span>
      <span class="hints" aria-hidden="true">
        <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open <kbd>Esc</kbd> close
      </span>
    </footer>
  </dialog>`;
}

/** @param commandKey `Ctrl` or `⌘`. */
export function keysDialog(commandKey: string): Html {
  const keys: readonly (readonly [readonly string[], string])[] = [
    [[commandKey, "K"], "Go to any run, document, version, hash or page"],
    [["/"], "Search the corpus"],
    [["?"], "Show these keys"],
    [["Esc"], "Close what is open"],
    [["Tab"], "Go through links and buttons"],
  ];
  return html`<dialog class="shortcuts" id="keys" aria-labelledby="keys-title" closedby="any">
    <header>
      <h2 id="keys-title">Keys</h2>
      <form method="dialog"><button class="quiet">Close</button></form>
    </header>
    <dl>
      ${keys.map(
        ([held, effect]) =>
          html`<dt>${held.map((key) => html`<kbd>${key}</kbd> `)}</dt>
            <dd>${effect}</dd>`,
      )}
    </dl>
  </dialog>`;
}
