/** Passes text on until a stop sequence appears, which may span any number of pieces. */
export interface StopFilter {
  /**
   * Takes the next piece.
   * @returns Text that can be passed on: it belongs to no stop sequence, whatever follows. `stopped` when one is complete;
   *   the text then ends where it begins.
   */
  push(piece: string): { readonly text: string; readonly stopped: boolean };
  /** Ends the text: what was held back. */
  flush(): string;
}

/**
 * Makes a filter.
 * @param stops Stop sequences, none empty. Of several that one piece completes, the one that begins first counts.
 */
export function createStopFilter(stops: readonly string[]): StopFilter {
  const longest = stops.reduce((length, stop) => Math.max(length, stop.length), 0);
  let held = "";

  /** Length of the longest end of the text that a stop sequence begins with. */
  function unfinishedLength(text: string): number {
    for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }

  return {
    push(piece) {
      const text = held + piece;
      const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
      if (places.length > 0) {
        held = "";
        return { text: text.slice(0, Math.min(...places)), stopped: true };
      }
      const keep = text.length - unfinishedLength(text);
      held = text.slice(keep);
      return { text: text.slice(0, keep), stopped: false };
    },
    flush() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}
