import { DatabaseSync } from "node:sqlite";

/**
 * Copies the log of an embedded bus, as it is at one moment. Whoever uses it goes on: what is written meanwhile is not in the copy. This
 * thread waits until it is done.
 * @param file Of the bus.
 * @param target Must not be there.
 * @throws {Error} If the file cannot be read, or the copy not be written.
 */
export function copySqliteLog(file: string, target: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA busy_timeout = 10000;");
    database.prepare("VACUUM INTO ?").run(target);
  } finally {
    database.close();
  }
}
