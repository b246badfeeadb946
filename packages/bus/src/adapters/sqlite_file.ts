/** The embedded log: one SQLite file, opened so that several processes may write to it and a killed one loses nothing it was told is stored. */
import { DatabaseSync } from "node:sqlite";

const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE log (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    subject TEXT NOT NULL,
    type TEXT NOT NULL,
    message_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    requeues INTEGER NOT NULL,
    addressee TEXT
  ) STRICT;
  CREATE UNIQUE INDEX log_message ON log (stream, message_id);
  CREATE INDEX log_stream ON log (stream, sequence);
  CREATE INDEX log_type ON log (type, sequence);
  CREATE TABLE consumer (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE delivery (
    consumer TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    holder TEXT,
    PRIMARY KEY (consumer, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    generation INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the file, making it when absent.
 * @param file Path, or `:memory:`.
 * @throws {Error} If the file was written by a newer format, or is no SQLite database.
 */
export function openSqliteFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // busy_timeout first: changing the journal mode needs the file to itself for a moment, and fails at once without it.
    database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL;");
    // NORMAL survives any death of the process. A power cut may take the last moments, but always a tail of what was written: an
    // acknowledgement never outlives the events that were published before it.
    database.exec("PRAGMA synchronous = NORMAL;");
    transaction(database, () => migrate(database, file));
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

function migrate(database: DatabaseSync, file: string): void {
  const found = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (found === FORMAT) return;
  if (found !== 0)
    throw new Error(`opening the event log "${file}": it has format ${found}, this version reads ${FORMAT}`);
  database.exec(`${SCHEMA} PRAGMA user_version = ${FORMAT};`);
}

/** Runs `work` in one write transaction. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
