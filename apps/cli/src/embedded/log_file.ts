import { open } from "node:fs/promises";

export interface LogFile {
  write(line: string): void;
  /** Waits until everything written is in the file. */
  close(): Promise<void>;
}

/**
 * Appends lines to a file that only this user can read, in order, without making the writer wait.
 * @param path The file; made when absent.
 */
export async function logFile(path: string): Promise<LogFile> {
  const handle = await open(path, "a", 0o600);
  const stream = handle.createWriteStream();
  return {
    write: (line) => stream.write(`${line}\n`),
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}
