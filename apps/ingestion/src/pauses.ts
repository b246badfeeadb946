const SLICE_MS = 20;

/**
 * Lets other work of this process go on: the loop that cleans is also the one that answers requests.
 * @param now Clock in ms.
 * @returns Called often, it yields to the event loop once a slice of 20 ms is used up.
 */
export function pauses(now: () => number): () => Promise<void> {
  let since = now();
  return async () => {
    if (now() - since < SLICE_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = now();
  };
}
