/**
 * Wakes readers of the log: at once when this process has written, within a poll when another has or a delivery falls due.
 */
import type { DatabaseSync } from "node:sqlite";

/** How late a reader may notice another process's write or an expired wait. */
const POLL_MS = 50;

export interface Wake {
  /** Wakes everyone who waits: something was written. */
  all(): void;
  /** Wakes who waits for this consumer: a delivery of its own has ended. */
  only(consumer: string): void;
  /**
   * Resolves at the next wake. Nothing is missed between looking into the log and calling this in the same turn.
   * @param consumer Whose deliveries are awaited, for `only`.
   */
  next(consumer?: string): Promise<void>;
  close(): void;
}

/** @param now ms since 1970, by which deliveries fall due. */
export function sqliteWake(database: DatabaseSync, now: () => number): Wake {
  const version = database.prepare("PRAGMA data_version");
  const due = database.prepare("SELECT 1 FROM delivery WHERE visible_at <= ? LIMIT 1");
  let seen = version.get()?.["data_version"];
  let timer: ReturnType<typeof setInterval> | undefined;
  let waiting: { readonly consumer: string | undefined; resolve(): void }[] = [];

  function wake(isMeant: (consumer: string | undefined) => boolean): void {
    const woken = waiting.filter(({ consumer }) => isMeant(consumer));
    waiting = waiting.filter(({ consumer }) => !isMeant(consumer));
    for (const { resolve } of woken) resolve();
  }

  function all(): void {
    wake(() => true);
  }

  function poll(): void {
    const current = version.get()?.["data_version"];
    if (current === seen && !due.get(now())) return;
    seen = current;
    all();
  }

  return {
    all,
    only: (name) => wake((consumer) => consumer === name),
    next(consumer) {
      timer ??= setInterval(poll, POLL_MS);
      return new Promise((resolve) => waiting.push({ consumer, resolve }));
    },
    close() {
      clearInterval(timer);
      all();
    },
  };
}
