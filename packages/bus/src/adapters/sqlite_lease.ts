import type { Holding, Lease, LeaseResult } from "../lease.ts";
import { checkLease } from "../lease.ts";
import { openSqliteFile, transaction } from "./sqlite_file.ts";

/** A lease store that holds its file open. */
export interface SqliteLease extends Lease {
  close(): Promise<void>;
}

/**
 * Leases as rows of the embedded log's file, changed by compare-and-set inside a write transaction.
 * @param options.file The file of the embedded bus, or one of its own.
 * @param options.now ms since 1970.
 */
export function sqliteLease({ file, now }: { readonly file: string; readonly now: () => number }): SqliteLease {
  const database = openSqliteFile(file);
  const select = database.prepare("SELECT holder, generation, expires_at FROM lease WHERE name = ?");
  const replace = database.prepare(
    "INSERT OR REPLACE INTO lease (name, holder, generation, expires_at) VALUES (?, ?, ?, ?)",
  );
  const extend = database.prepare(
    "UPDATE lease SET expires_at = ? WHERE name = ? AND generation = ? AND holder = ? AND expires_at > 0",
  );

  function current(name: string): Holding | undefined {
    const row = select.get(name);
    if (!row) return undefined;
    return {
      name,
      holder: String(row["holder"]),
      generation: Number(row["generation"]),
      expiresAt: Number(row["expires_at"]),
    };
  }

  return {
    async acquire(name, holder, durationMs) {
      checkLease(name, holder, durationMs);
      return transaction(database, (): LeaseResult => {
        const before = current(name);
        if (before && before.expiresAt > now()) return { held: false, current: before };
        const holding = { name, holder, generation: (before?.generation ?? 0) + 1, expiresAt: now() + durationMs };
        replace.run(name, holder, holding.generation, holding.expiresAt);
        return { held: true, holding };
      });
    },
    async renew(holding, durationMs) {
      checkLease(holding.name, holding.holder, durationMs);
      return transaction(database, (): LeaseResult => {
        const renewed = { ...holding, expiresAt: now() + durationMs };
        const { changes } = extend.run(renewed.expiresAt, holding.name, holding.generation, holding.holder);
        if (changes > 0) return { held: true, holding: renewed };
        return { held: false, current: current(holding.name) ?? { ...holding, expiresAt: 0 } };
      });
    },
    async release({ name, generation, holder }) {
      // The row stays, so that generations go on.
      transaction(database, () => extend.run(0, name, generation, holder));
    },
    async close() {
      database.close();
    },
  };
}
