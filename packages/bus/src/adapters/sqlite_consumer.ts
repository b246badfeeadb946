/** The durable state of one consumer: its position in the log and what it has in flight. */
import type { DatabaseSync } from "node:sqlite";
import type { LoggedEvent } from "../bus.ts";
import type { ConsumerConfig } from "../subscribe_options.ts";
import { transaction } from "./sqlite_file.ts";
import { HOLDER } from "./sqlite_holder.ts";
import { EVENT_COLUMNS, loggedEvent } from "./sqlite_log.ts";

export interface SqliteConsumer {
  /** Takes the next event that is due, if any. */
  claim(): Claim | undefined;
  /** Settles for good. True even after the wait has expired: the work was done. */
  settle(sequence: number): void;
  /** Starts the wait of an attempt anew; does nothing if a later attempt has begun. */
  extend(claim: Claim): void;
  /** Gives an attempt back, due in `delayMs`; does nothing if a later attempt has begun. */
  giveBack(claim: Claim, delayMs: number): void;
}

export interface Claim {
  readonly event: LoggedEvent;
  readonly attempt: number;
}

/** Opens a consumer, at the start of the log when it is new. */
export function sqliteConsumer(database: DatabaseSync, now: () => number, config: ConsumerConfig): SqliteConsumer {
  const { consumer, stream, types, maxInFlight, ackWaitMs } = config;
  database.prepare("INSERT INTO consumer (name, position) VALUES (?, 0) ON CONFLICT DO NOTHING").run(consumer);
  const due = database.prepare(
    `SELECT ${EVENT_COLUMNS}, attempt FROM delivery JOIN log USING (sequence)
     WHERE consumer = ? AND visible_at <= ? ORDER BY sequence LIMIT 1`,
  );
  const inFlight = database.prepare("SELECT count(*) AS count FROM delivery WHERE consumer = ?");
  const position = database.prepare("SELECT position FROM consumer WHERE name = ?");
  // One look-up a type keeps each on its index; `type IN (...)` would sort the whole backlog for every claim.
  const [column, heard] = types === undefined ? ["stream", [stream]] : ["type", types];
  const next = database.prepare(
    `SELECT ${EVENT_COLUMNS}, 0 AS attempt FROM log
     WHERE ${column} = ? AND sequence > ? AND (addressee IS NULL OR addressee = ?) ORDER BY sequence LIMIT 1`,
  );
  const record = database.prepare(
    "INSERT OR REPLACE INTO delivery (consumer, sequence, attempt, visible_at, holder) VALUES (?, ?, ?, ?, ?)",
  );
  const advance = database.prepare("UPDATE consumer SET position = max(position, ?) WHERE name = ?");
  const erase = database.prepare("DELETE FROM delivery WHERE consumer = ? AND sequence = ?");
  const move = database.prepare(
    "UPDATE delivery SET visible_at = ?, holder = ? WHERE consumer = ? AND sequence = ? AND attempt = ?",
  );

  function find(): Claim | undefined {
    const again = due.get(consumer, now());
    if (again) return claimOf(again);
    if (Number(inFlight.get(consumer)?.["count"]) >= maxInFlight) return undefined;
    const from = Number(position.get(consumer)?.["position"]);
    return heard
      .flatMap((value) => next.all(value, from, consumer))
      .map(claimOf)
      .reduce<Claim | undefined>(
        (least, claim) => (least && least.event.sequence < claim.event.sequence ? least : claim),
        undefined,
      );
  }

  return {
    claim() {
      // Looking before locking: an idle consumer that is woken must not take the write lock.
      if (!find()) return undefined;
      return transaction(database, () => {
        const found = find();
        if (!found) return undefined;
        record.run(consumer, found.event.sequence, found.attempt, now() + ackWaitMs, HOLDER);
        advance.run(found.event.sequence, consumer);
        return found;
      });
    },
    settle: (sequence) => void erase.run(consumer, sequence),
    extend: ({ event, attempt }) => void move.run(now() + ackWaitMs, HOLDER, consumer, event.sequence, attempt),
    giveBack: ({ event, attempt }, delayMs) => void move.run(now() + delayMs, null, consumer, event.sequence, attempt),
  };
}

function claimOf(row: Record<string, unknown>): Claim {
  return { event: loggedEvent(row), attempt: Number(row["attempt"]) + 1 };
}
