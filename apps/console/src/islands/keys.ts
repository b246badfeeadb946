/** Keys of every page, and the buttons that do the same. */
export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isCommand && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open("palette");
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      if (event.key === "/") focusSearch(event);
      if (event.key === "?") open("keys");
    }
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-opens]") : null;
    // A link with a key held goes to its own page in another tab.
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(target.dataset["opens"] ?? "");
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** One at a time: what is open already stays. */
function open(id: string): void {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || document.querySelector("dialog[open]")) return;
  dialog.showModal();
  dialog.querySelector("input")?.select();
}

function focusSearch(event: KeyboardEvent): void {
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const boxes = document.querySelectorAll<HTMLInputElement>("main input[type=search], .find input");
  const box = [...boxes].find((one) => one.checkVisibility());
  // A phone's bar has no box.
  if (box) box.select();
  else open("palette");
}
