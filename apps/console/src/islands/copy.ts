/** Copies what a pressed element offers, and says so to eyes and ears. */
export function copyOnPress(): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
    if (target) void copy(target, target.dataset["copy"] ?? "");
  });
}

async function copy(target: HTMLElement, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    // Browsers refuse it to pages that came over plain HTTP from another machine.
    say(`Could not be copied: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  say(`Copied ${text}`);
  target.classList.add("copied");
  target.addEventListener("animationend", () => target.classList.remove("copied"), { once: true });
}

function say(sentence: string): void {
  const said = document.getElementById("said");
  if (said) said.textContent = sentence;
}
