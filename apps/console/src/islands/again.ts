/** Checks the recipe while it is edited. Without it, the button does. */
const PAUSE_MS = 300;

const form = document.querySelector<HTMLFormElement>("form[data-check]");
const place = document.getElementById("check");
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

form?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => void check(form), PAUSE_MS);
});

// What was written before the script came, or was brought back by the browser.
const text = form?.querySelector("textarea");
if (form && text && text.value !== text.defaultValue) void check(form);

async function check(edited: HTMLFormElement): Promise<void> {
  const turn = (asked += 1);
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(edited)) if (typeof value === "string") body.set(name, value);
  const headers = { accept: "text/html;part=check" };
  const response = await fetch(edited.dataset["check"] ?? "", { method: "POST", headers, body }).catch(() => undefined);
  // A later answer may come first. What cannot be checked now is checked when the run is started.
  if (!response?.ok || turn !== asked || !place) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  place.replaceChildren(...fresh.body.childNodes);
  const isWrong = place.querySelector(".problems") !== null;
  const text = edited.querySelector("textarea");
  if (isWrong) text?.setAttribute("aria-invalid", "true");
  else text?.removeAttribute("aria-invalid");
}
