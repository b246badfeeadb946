/** Follows runs: on each change the page is read again, and those of its live parts that differ are put in place. */

/** Least time in ms between two readings. */
const PAUSE_MS = 1000;

/** @param run Id of a run; empty for all. */
export function followRun(run: string): void {
  const stream = new EventSource(`/live?run=${encodeURIComponent(run)}`);
  const asOf = document.getElementById("as-of");
  let wanted = false;
  let reading = false;
  let lastChange = new Date();

  const refresh = async (): Promise<void> => {
    wanted = true;
    if (reading || document.hidden) return;
    reading = true;
    while (wanted && !document.hidden) {
      wanted = false;
      await replaceLiveParts().then(
        // Numbers that were read are true again, unless the stream that tells of the next ones is lost.
        () => setLost(stream.readyState !== EventSource.OPEN),
        () => setLost(true),
      );
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    reading = false;
  };
  const setLost = (lost: boolean): void => {
    document.body.classList.toggle("stale", lost);
    if (asOf) asOf.textContent = lost ? `as of ${lastChange.toLocaleTimeString("en-GB")}, reconnecting` : "";
  };

  stream.addEventListener("change", () => {
    lastChange = new Date();
    void refresh();
  });
  stream.addEventListener("open", () => {
    if (document.body.classList.contains("stale")) void refresh();
    setLost(false);
  });
  stream.addEventListener("error", () => setLost(true));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && wanted) void refresh();
  });
}

async function replaceLiveParts(): Promise<void> {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) throw new Error(`reading ${location.href}: found status ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (!other || isInUse(part)) continue;
    keepOwned(part, other);
    if (part.innerHTML !== other.innerHTML) {
      const owned = [...part.querySelectorAll<HTMLElement>("[data-own]")];
      part.replaceChildren(...other.childNodes);
      for (const one of owned) part.querySelector(`[data-own="${one.dataset["own"]}"]`)?.replaceWith(one);
    }
  }
  document.dispatchEvent(new CustomEvent("millrace:refreshed"));
}

/** What the user is in is left alone: a live page never moves what is being read or used. */
function isInUse(part: Element): boolean {
  const selection = getSelection();
  const isSelected = selection !== null && !selection.isCollapsed && selection.containsNode(part, true);
  return isSelected || part.contains(document.activeElement);
}

/** Parts that a script draws keep their elements, and what was opened stays open. */
function keepOwned(part: Element, fresh: Element): void {
  for (const owned of part.querySelectorAll<HTMLElement>("[data-own]")) {
    const other = fresh.querySelector(`[data-own="${owned.dataset["own"]}"]`);
    // A copy: the one in the page must not be taken out of it only to be compared.
    other?.replaceWith(owned.cloneNode(true));
  }
  const details = fresh.querySelectorAll("details");
  for (const [index, open] of [...part.querySelectorAll("details")].entries()) {
    if (open.open) details[index]?.setAttribute("open", "");
  }
}
