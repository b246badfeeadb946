import { DatabaseSync } from "node:sqlite";

/**
 * Does something while nobody else does so for the same file, in this process or another. The system itself gives the lock back when a
 * process dies, so unlike a file that is there or not, it is never stale.
 * @param file Made if it is not there; stays empty.
 * @param act Short: others wait for it, each with its whole process.
 * @throws {Error} If others keep it for 10 s.
 */
export function exclusively<Result>(file: string, act: () => Result): Result {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE");
    return act();
  } finally {
    database.close();
  }
}
