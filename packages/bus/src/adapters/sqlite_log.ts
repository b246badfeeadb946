/** Appending to and reading from the log table. */
import type { DatabaseSync } from "node:sqlite";
import { STREAMS, typeOfSubject } from "@millrace/contracts";
import { BusFullError, type LoggedEvent, type PublishReceipt } from "../bus.ts";
import type { OutgoingMessage } from "../outgoing.ts";
import { transaction } from "./sqlite_file.ts";

const DAY_MS = 86_400_000;

/** Columns of an event, for `loggedEvent`. */
export const EVENT_COLUMNS = "sequence, stream, subject, payload, stored_at, requeues";

export interface SqliteLog {
  /** @throws {BusFullError} If the file has reached its limit. */
  append(messages: readonly OutgoingMessage[]): PublishReceipt[];
  /** Up to `limit` events of a stream (of all when undefined) after a sequence. */
  read(stream: string | undefined, after: number, limit: number): LoggedEvent[];
  /** Greatest sequence there is; 0 when empty. */
  end(): number;
  remove(sequence: number): boolean;
  /** Removes what has outlived its stream's retention. */
  expire(): void;
}

/**
 * @param now ms since 1970, for the time of storage.
 * @param maxBytes Size of the file at which appending is refused.
 */
export function sqliteLog(database: DatabaseSync, now: () => number, maxBytes: number): SqliteLog {
  const insert = database.prepare(
    `INSERT INTO log (stream, subject, type, message_id, payload, stored_at, requeues, addressee)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, message_id) DO NOTHING RETURNING sequence`,
  );
  const known = database.prepare("SELECT sequence FROM log WHERE stream = ? AND message_id = ?");
  const readStream = database.prepare(
    `SELECT ${EVENT_COLUMNS} FROM log WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const readAll = database.prepare(`SELECT ${EVENT_COLUMNS} FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?`);
  const last = database.prepare("SELECT coalesce(max(sequence), 0) AS sequence FROM log");
  const erase = database.prepare("DELETE FROM log WHERE sequence = ?");
  const usedPages = database.prepare(
    "SELECT page_count - freelist_count AS pages, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
  );
  const firstYoung = database.prepare(
    "SELECT sequence FROM log WHERE stream = ? AND stored_at >= ? ORDER BY sequence LIMIT 1",
  );
  const eraseOld = database.prepare("DELETE FROM log WHERE stream = ? AND sequence < ?");
  const forgetDeliveries = database.prepare("DELETE FROM delivery WHERE sequence NOT IN (SELECT sequence FROM log)");

  function checkRoom(): void {
    const row = usedPages.get();
    const sizeBytes = Number(row?.["pages"]) * Number(row?.["page_size"]);
    if (sizeBytes >= maxBytes) {
      throw new BusFullError(`publishing: the event log holds ${sizeBytes} bytes, its limit is ${maxBytes}`);
    }
  }

  function appendOne(message: OutgoingMessage): PublishReceipt {
    const { stream, subject, messageId, payload, requeue } = message;
    const type = typeOfSubject(subject);
    const count = requeue?.count ?? 0;
    const addressee = requeue?.consumer ?? null;
    const stored = insert.get(stream, subject, type, messageId, payload, now(), count, addressee);
    const row = stored ?? known.get(stream, messageId);
    return { stream, sequence: Number(row?.["sequence"]), duplicate: stored === undefined };
  }

  return {
    append(messages) {
      try {
        return transaction(database, () => {
          checkRoom();
          return messages.map(appendOne);
        });
      } catch (error) {
        if (isDiskFull(error))
          throw new BusFullError("publishing: the disk of the event log is full", { cause: error });
        throw error;
      }
    },
    read: (stream, after, limit) =>
      (stream === undefined ? readAll.all(after, limit) : readStream.all(stream, after, limit)).map(loggedEvent),
    end: () => Number(last.get()?.["sequence"]),
    remove: (sequence) => erase.run(sequence).changes > 0,
    expire() {
      transaction(database, () => {
        for (const { name, maxAgeDays } of STREAMS) {
          const young = firstYoung.get(name, now() - maxAgeDays * DAY_MS);
          eraseOld.run(name, Number(young?.["sequence"] ?? Number.MAX_SAFE_INTEGER));
        }
        forgetDeliveries.run();
      });
    },
  };
}

/** An event from a row with `EVENT_COLUMNS`. */
export function loggedEvent(row: Record<string, unknown>): LoggedEvent {
  return {
    stream: String(row["stream"]),
    sequence: Number(row["sequence"]),
    subject: String(row["subject"]),
    payload: String(row["payload"]),
    storedAt: Number(row["stored_at"]),
    requeues: Number(row["requeues"]),
  };
}

const SQLITE_FULL = 13;

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_FULL;
}
