import type { Session } from "../executor.ts";

/** The sessions of one executor, open and being opened, so that closing leaves none behind. */
export interface SessionSet {
  /**
   * Opens a session.
   * @param open Opens it; is given what to call when the session is released.
   * @throws {Error} If the set is closed.
   */
  add(open: (onRelease: () => void) => Promise<Session>): Promise<Session>;
  /** Releases every session, also those that are still being opened. A second call waits for the first. */
  close(): Promise<void>;
}

/** Makes an empty set. */
export function sessionSet(): SessionSet {
  const sessions = new Set<Promise<Session>>();
  let closed: Promise<void> | undefined;
  return {
    async add(open) {
      if (closed) throw new Error("createSession: the executor is closed");
      const session = open(() => sessions.delete(session));
      sessions.add(session);
      session.catch(() => sessions.delete(session));
      return session;
    },
    close() {
      closed ??= (async () => {
        const settled = await Promise.allSettled(sessions);
        const open = settled.filter((result) => result.status === "fulfilled");
        await Promise.all(open.map(({ value }) => value.release()));
      })();
      return closed;
    },
  };
}
