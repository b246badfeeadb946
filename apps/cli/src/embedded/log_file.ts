import { open } from "node:fs/promises";

export interface LogFile {
  write(line: string): void;
  /** Waits until everything written is in the file. */
  close(): Promise<void>;
}

/**
 * Appends lines to a file that only this user can read, in order, without making the writer wait. Lines that cannot be written, as on a
 * full disk, are lost: what is logged about goes on.
 * @param path The file; made when absent.
 * @param tell Hears of the first line that is lost, and again after one could be written.
 */
export async function logFile(path: string, tell: (message: string) => void): Promise<LogFile> {
  const handle = await open(path, "a", 0o600);
  let isFailing = false;
  let written = Promise.resolve();
  return {
    write(line) {
      written = written.then(async () => {
        try {
          await handle.appendFile(`${line}\n`);
          isFailing = false;
        } catch (error) {
          if (!isFailing) tell(`writing ${path}: ${(error as Error).message}; lines are lost until it can be`);
          isFailing = true;
        }
      });
    },
    async close() {
      await written;
      await handle.close();
    },
  };
}
