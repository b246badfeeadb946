import { tokenRate } from "./pace.ts";

/** Answers come as they are made, both at once. Without it, the form is sent and the whole answers come back as a page. */
const PAUSE_MS = 300;

const form = document.querySelector<HTMLFormElement>("form[data-playground]");
const askButton = form?.querySelector<HTMLButtonElement>("[data-ask]");
const stopButton = form?.querySelector<HTMLButtonElement>("[data-stop]");
let asking: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  void askAll(form);
});
form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => void writeCode(form), PAUSE_MS);
  showSides(form);
});
stopButton?.addEventListener("click", () => asking?.abort());

function valuesOf(edited: HTMLFormElement, more: Record<string, string> = {}): URLSearchParams {
  const values = new URLSearchParams(more);
  for (const [name, value] of new FormData(edited)) {
    if (typeof value === "string" && value !== "") values.set(name, value);
  }
  return values;
}

/** A card for each version that is chosen. */
function showSides(edited: HTMLFormElement): void {
  for (const card of document.querySelectorAll<HTMLElement>("[data-side]")) {
    const chosen = edited.querySelector<HTMLOptionElement>(`[name=${card.dataset["side"]}] option:checked`);
    card.hidden = !chosen?.value;
    const title = card.querySelector("h2");
    if (title && chosen?.value) title.textContent = chosen.dataset["name"] ?? "";
  }
}

async function askAll(edited: HTMLFormElement): Promise<void> {
  asking?.abort();
  const own = (asking = new AbortController());
  const values = valuesOf(edited);
  history.replaceState(null, "", `/playground?${values}`);
  setAsking(true);
  const cards = [...document.querySelectorAll<HTMLElement>("[data-side]")].filter((card) => !card.hidden);
  await Promise.all(cards.map((card) => answerIn(card, edited, own.signal)));
  if (asking === own) setAsking(false);
}

function setAsking(isAsking: boolean): void {
  if (askButton) askButton.disabled = isAsking;
  if (stopButton) stopButton.hidden = !isAsking;
}

async function answerIn(card: HTMLElement, edited: HTMLFormElement, signal: AbortSignal): Promise<void> {
  const side = card.dataset["side"] ?? "";
  const pace = card.querySelector(".pace");
  const given = card.querySelector(".given");
  if (!pace || !given) return;
  const model = valuesOf(edited).get(side) ?? "";
  const said = document.createElement("pre");
  said.className = "text said";
  given.replaceChildren(said);
  card.setAttribute("aria-busy", "true");
  pace.textContent = "waiting for the first token";
  const told = new Pace();
  try {
    const response = await fetch("/playground/answer", { method: "POST", body: valuesOf(edited, { side }), signal });
    for await (const message of messagesOf(response)) {
      told.note(message);
      said.append(message.choices?.[0]?.text ?? message.choices?.[0]?.delta?.content ?? "");
      pace.textContent = told.sentence();
    }
  } catch (error) {
    if (!signal.aborted) refuse(given, error instanceof Error ? error.message : String(error));
    else pace.textContent = `${told.sentence()}, stopped`;
  }
  if (said.isConnected) await mark(given, side, model, said.textContent);
  card.removeAttribute("aria-busy");
}

/** Puts the text with its sources in the place of the text. An answer that was stopped is marked too. */
async function mark(given: Element, side: string, model: string, text: string): Promise<void> {
  const body = new URLSearchParams({ side, model, text });
  const response = await fetch("/playground/verbatim", { method: "POST", body }).catch(() => undefined);
  // The answer stays as it is; it is marked when it is asked for again.
  if (!response?.ok || given.querySelector(".said")?.textContent !== text) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  given.replaceChildren(...fresh.body.childNodes);
}

function refuse(given: Element, message: string): void {
  const why = document.createElement("p");
  why.className = "why failed";
  why.role = "alert";
  why.textContent = `✕ No answer: ${message}`;
  given.replaceChildren(why);
}

interface Message {
  readonly choices?: readonly {
    readonly text?: string;
    readonly delta?: { readonly content?: string };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number } | null;
  readonly error?: { readonly message: string };
}

/** How quick an answer is, in the words of the page. */
class Pace {
  readonly #sentAt = performance.now();
  #firstAt: number | undefined;
  #lastAt = 0;
  #tokens = 0;
  #end = "";

  note({ choices, usage }: Message): void {
    this.#lastAt = performance.now();
    this.#firstAt ??= this.#lastAt;
    this.#tokens = usage?.completion_tokens ?? this.#tokens + (choices?.length ?? 0);
    const finish = choices?.[0]?.finish_reason;
    if (finish) this.#end = finish === "length" ? ", cut at the length asked for" : ", ended by itself";
  }

  sentence(): string {
    if (this.#firstAt === undefined) return "no token";
    const parts = [`first token ${formatCount(this.#firstAt - this.#sentAt)} ms`];
    const rate = tokenRate(this.#tokens, this.#lastAt - this.#firstAt);
    if (rate !== undefined) parts.push(`${formatCount(rate)} tokens a second`);
    parts.push(`${this.#tokens} ${this.#tokens === 1 ? "token" : "tokens"}${this.#end}`);
    return parts.join(" · ");
  }
}

function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** @throws {Error} With the words of a refusal, before or within the stream. */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  if (!response.ok || !response.body) {
    const body = (await response.json().catch(() => ({}))) as Message;
    throw new Error(body.error?.message ?? `the console answered with status ${response.status}`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("data: {")) continue;
      const message = JSON.parse(line.slice("data: ".length)) as Message;
      if (message.error) throw new Error(message.error.message);
      yield message;
    }
  }
}

/** The code beside it asks the same. */
async function writeCode(edited: HTMLFormElement): Promise<void> {
  const response = await fetch("/playground/code", { method: "POST", body: valuesOf(edited) }).catch(() => undefined);
  const place = document.getElementById("code-of");
  if (!response?.ok || !place || place.contains(document.activeElement)) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("code-of");
  if (!fresh) return;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  for (const [index, details] of [...fresh.querySelectorAll("details")].entries()) details.open = open[index] ?? false;
  place.replaceChildren(...fresh.childNodes);
}

if (form) showSides(form);
