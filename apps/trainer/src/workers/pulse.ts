import type { Link } from "@millrace/collective";
import { HEARTBEAT_MS } from "../control_messages.ts";

/** Beats without a word from the other end after which a link counts as cut: ten seconds. */
const MOST_SILENT_BEATS = 20;

/** Shows that this end lives, and closes a link whose other end does not: a network that is cut closes none. */
export interface Pulse {
  /** The other end said something. */
  heard(): void;
}

/**
 * Beats until the link is closed. Silence is counted in beats of our own, so a pause of this process is no silence of the other.
 * @param log Told why a link is closed.
 */
export function startPulse(link: Link, log: (message: string) => void): Pulse {
  let silentBeats = 0;
  const timer = setInterval(() => {
    link.send({ type: "alive" });
    if (++silentBeats <= MOST_SILENT_BEATS) return;
    log(`closed the link to ${link.remote}: nothing heard for ${(MOST_SILENT_BEATS * HEARTBEAT_MS) / 1000} s`);
    link.close();
  }, HEARTBEAT_MS);
  void link.closed.then(() => clearInterval(timer));
  return { heard: () => void (silentBeats = 0) };
}
