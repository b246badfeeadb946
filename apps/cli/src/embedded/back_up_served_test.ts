import { createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { openPglite } from "@millrace/database/pglite";
import { freshDatabaseFolder } from "@millrace/database/testing";
import { expect, test } from "vitest";
import { restore } from "../care/restore.ts";
import { openDataFolder } from "../data_folder/data_folder.ts";
import { backUpServed } from "./back_up_served.ts";

const MINUTES = 60_000;

const last = (log: DatabaseSync): number => Number(log.prepare("SELECT max(n) AS n FROM told").get()?.["n"]);

test(
  "database and log are copied at one moment, however busy both are",
  async () => {
    const root = await mkdtemp(join(tmpdir(), "millrace-moment-"));
    const folder = await openDataFolder(join(root, "data"));
    if ("owner" in folder) throw new Error("the test has the folder");
    await freshDatabaseFolder(folder.file("postgres"));
    const database = await openPglite({ dataDir: folder.file("postgres") });
    const log = new DatabaseSync(folder.file("events.sqlite"));
    // What a disk would lose is not looked at: the copy is one of what processes see.
    log.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL");
    log.exec("CREATE TABLE told (n INTEGER) STRICT; INSERT INTO told VALUES (0)");
    await database.drizzle.execute("CREATE TABLE done (n integer)");
    const ending = new AbortController();
    // As handlers do: first the row, then the event that tells of it.
    const writing = (async () => {
      for (let n = 1; !ending.signal.aborted; n++) {
        await database.transaction((db) => db.execute(`INSERT INTO done VALUES (${n})`));
        log.prepare("INSERT INTO told VALUES (?)").run(n);
        // Others have their turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const file = join(root, "backup.tar.gz");
    try {
      await expect.poll(() => last(log)).toBeGreaterThan(2);
      await pipeline(await backUpServed(folder, database, Date.now)(), createWriteStream(file));
      ending.abort();
      await writing;

      const make = backUpServed(folder, database, Date.now, 50);
      await mkdir(folder.file("notes"));
      for (const odd of [folder.file("elsewhere"), folder.file("notes/elsewhere")]) {
        await symlink(root, odd);
        const refusal = { status: 409, message: expect.stringContaining(`found ${odd}, which is neither`) };
        await expect(make()).rejects.toMatchObject(refusal);
        await rm(odd);
      }

      // Whoever takes nothing is given up, and the next one has its turn.
      const left = await make();
      let next: ReadableStream | undefined;
      await expect.poll(async () => (next = await make().catch(() => undefined))).toBeDefined();
      await expect(pipeline(left, createWriteStream(`${file}.left`))).rejects.toThrow("nobody took a piece of it");
      await next?.cancel().catch(() => {});
      await expect.poll(() => existsSync(folder.file("scratch/backup"))).toBe(false);
    } finally {
      ending.abort();
      await writing;
      log.close();
      await database.close();
      await folder.release();
    }

    const place = join(root, "restored");
    await restore(file, place, { erasures: [], tell: () => {} });
    const copied = await openPglite({ dataDir: join(place, "postgres") });
    const found: unknown = await copied.drizzle.execute("SELECT max(n) AS n, count(*)::int AS count FROM done");
    const [row] = (found as { rows: { n: number; count: number }[] }).rows;
    await copied.close();
    const copiedLog = new DatabaseSync(join(place, "events.sqlite"));
    const told = last(copiedLog);
    copiedLog.close();
    expect(told).toBeGreaterThan(2);
    expect(row?.count).toBe(row?.n);
    // A row whose event is not told yet, or none.
    expect([told, told + 1]).toContain(row?.n);
    await rm(root, { recursive: true });
  },
  3 * MINUTES,
);
