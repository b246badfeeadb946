/** What was opened, to be closed again from the last to the first. */
export interface Closing {
  push(close: () => Promise<void>): void;
  /** Closes everything; a second call finds nothing left. */
  closeAll(): Promise<void>;
}

/**
 * Runs `open` with a list of what to close.
 * @throws What `open` threw, after what was opened until then is closed again.
 */
export async function opening<Opened>(open: (closing: Closing) => Promise<Opened>): Promise<Opened> {
  const undo: (() => Promise<void>)[] = [];
  const closing: Closing = {
    push: (close) => void undo.push(close),
    async closeAll() {
      for (const close of undo.splice(0).toReversed()) await close();
    },
  };
  try {
    return await open(closing);
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}
