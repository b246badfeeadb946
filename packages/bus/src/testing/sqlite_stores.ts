/** Stores of the embedded adapters in a folder of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteBus, sqliteLease } from "../adapters/sqlite.ts";
import { openSqliteFile } from "../adapters/sqlite_file.ts";
import { sqliteLog } from "../adapters/sqlite_log.ts";
import type { BusStore } from "./bus_contract.ts";
import type { LeaseStore } from "./lease_contract.ts";

/** An empty folder with the path of a log in it. */
export async function temporaryLog(): Promise<{ readonly file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bus-"));
  return { file: join(folder, "bus.sqlite"), remove: () => rm(folder, { recursive: true, force: true }) };
}

export async function sqliteBusStore(): Promise<BusStore> {
  const { file, remove } = await temporaryLog();
  const opened: { close(): Promise<void> }[] = [];
  return {
    async open(options = {}) {
      const bus = sqliteBus({ file, now: Date.now, ...options });
      opened.push(bus);
      return bus;
    },
    async inject(subject, payload) {
      const database = openSqliteFile(file);
      const message = { stream: "MILLRACE_CORPUS", subject, messageId: crypto.randomUUID(), payload };
      sqliteLog(database, Date.now, Infinity).append([message]);
      database.close();
    },
    async close() {
      for (const bus of opened) await bus.close();
      await remove();
    },
  };
}

export async function sqliteLeaseStore(): Promise<LeaseStore> {
  const { file, remove } = await temporaryLog();
  const opened: { close(): Promise<void> }[] = [];
  return {
    async open(now) {
      const lease = sqliteLease({ file, now });
      opened.push(lease);
      return lease;
    },
    async close() {
      for (const lease of opened) await lease.close();
      await remove();
    },
  };
}
