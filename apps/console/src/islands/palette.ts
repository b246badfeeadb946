/**
 * Finds anything while a person types: a box that commands a list of links.
 * @see WAI-ARIA Authoring Practices, "Combobox with listbox popup"
 */

interface Found {
  readonly hits: readonly {
    readonly kind: string;
    readonly title: string;
    readonly detail: string;
    readonly href: string;
  }[];
  /** What could not be looked through, in words. */
  readonly problems: readonly string[];
}

/** Least time in ms between two questions. */
const PAUSE_MS = 120;

export function followQuery(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const box = dialog?.querySelector("input");
  const list = dialog?.querySelector<HTMLElement>("[role=listbox]");
  const said = dialog?.querySelector<HTMLElement>(".said");
  if (!dialog || !box || !list || !said) return;
  let asked = new AbortController();
  let chosen = 0;
  /** What the list answers; undefined before it answers anything. */
  let answered: string | undefined;
  /** Enter was pressed before the answer to what is written came. */
  let isHurried = false;

  const choose = (index: number): void => {
    const options = list.children;
    chosen = options.length === 0 ? 0 : (index + options.length) % options.length;
    for (const [place, option] of [...options].entries())
      option.setAttribute("aria-selected", String(place === chosen));
    const option = options[chosen];
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  /** An answer that comes after a newer question is not shown. */
  const ask = async (pauseMs: number): Promise<void> => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (signal.aborted) return;
    const query = queryOf(box);
    const found = await read(query, signal);
    if (signal.aborted) return;
    list.replaceChildren(...found.hits.map(optionOf));
    box.setAttribute("aria-expanded", String(found.hits.length > 0));
    said.textContent = sentenceOf(query, found);
    answered = query;
    choose(0);
    if (isHurried) openChosen();
  };
  const openChosen = (): void => (list.children[chosen] as HTMLElement | undefined)?.click();
  /** What stands in the list may still answer what was written before. */
  const enter = (): void => {
    if (answered === queryOf(box)) return openChosen();
    isHurried = true;
    void ask(0);
  };

  box.addEventListener("input", () => {
    isHurried = false;
    void ask(PAUSE_MS);
  });
  box.addEventListener("keydown", (event) => {
    // Keys of an input method are its own.
    if (event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") enter();
    else return;
    event.preventDefault();
  });
  // A link to a place on this page leads away from the dialog too.
  list.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    asked.abort();
    isHurried = false;
    box.setAttribute("aria-expanded", "false");
  });
  // However it was opened.
  new MutationObserver(() => dialog.open && void ask(0)).observe(dialog, { attributeFilter: ["open"] });
}

function queryOf(box: HTMLInputElement): string {
  return box.value.trim();
}

async function read(query: string, signal: AbortSignal): Promise<Found> {
  try {
    const response = await fetch(`/find?${new URLSearchParams({ q: query })}`, { signal });
    if (!response.ok) throw new Error(`the console answered with status ${response.status}`);
    return (await response.json()) as Found;
  } catch (error) {
    return { hits: [], problems: [`Nothing could be looked up: ${error instanceof Error ? error.message : error}`] };
  }
}

function optionOf({ kind, title, detail, href }: Found["hits"][number], index: number): HTMLElement {
  const option = document.createElement("a");
  option.id = `palette-${index}`;
  option.role = "option";
  option.tabIndex = -1;
  option.href = href;
  for (const [name, text] of [
    ["kind", kind],
    ["title", title],
    ["detail", detail],
  ] as const) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    option.append(part, " ");
  }
  return option;
}

function sentenceOf(query: string, { hits, problems }: Found): string {
  const count = hits.length === 0 ? (query === "" ? "" : `Nothing has “${query}”.`) : `${hits.length} found.`;
  return [count, ...problems].filter(Boolean).join(" ");
}
