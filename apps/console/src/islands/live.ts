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
      await replaceLiveParts().catch(() => setLost(true));
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
    // What the user is in is left alone: a live page never moves what is being read or used.
    if (!other || part.innerHTML === other.innerHTML || part.contains(document.activeElement)) continue;
    part.replaceChildren(...Array.from(other.childNodes, (node) => document.adoptNode(node)));
  }
  document.dispatchEvent(new CustomEvent("millrace:refreshed"));
}
