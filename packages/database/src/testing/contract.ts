/** What every database adapter promises, as tests. */
import { eq, sql } from "drizzle-orm";
import { integer, jsonb, pgSchema, text, timestamp } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import { type Database, rowsOf } from "../database.ts";
import { migrate, type Migration } from "../migrations.ts";

const schema = pgSchema("contract");
const entry = schema.table("entry", {
  id: text("id").primaryKey(),
  count: integer("count").notNull(),
  facts: jsonb("facts").$type<{ words: string[] }>().notNull(),
  at: timestamp("at", { withTimezone: true }).notNull(),
});
const MIGRATIONS: Migration[] = [
  {
    name: "0000_entry",
    sql: `create schema "contract";
--> statement-breakpoint
create table "contract"."entry" ("id" text primary key, "count" integer not null, "facts" jsonb not null, "at" timestamptz not null);`,
  },
];

/**
 * Declares the suite. Run inside a `describe` of its own.
 * @param name Adapter, for the titles.
 * @param open Gives a database without Millrace's tables; called once a test; the suite closes it.
 * @param skip Why the adapter cannot be tested here; printed once by the caller.
 */
export function databaseContract(name: string, open: () => Promise<Database>, skip?: string): void {
  const contractTest = test.skipIf(skip !== undefined);
  const withDatabase = (run: (database: Database) => Promise<void>) => async () => {
    const database = await open();
    try {
      await run(database);
    } finally {
      await database.close();
    }
  };

  describe(name, () => {
    contractTest(
      "transaction() keeps what it wrote, of every column type we use, when it resolves",
      withDatabase(async (database) => {
        await migrate(database, "contract", MIGRATIONS);
        const row = {
          id: "a",
          count: 3,
          facts: { words: ["ein", "„zwei“", "\\"] },
          at: new Date("2026-01-02T03:04:05.678Z"),
        };
        const returned = await database.transaction(async (queries) => {
          await queries.insert(entry).values(row);
          return "done";
        });
        expect(returned).toBe("done");
        expect(await database.drizzle.select().from(entry)).toEqual([row]);
        const found = await rowsOf(database.drizzle, sql`select facts->'words'->>0 as word from contract.entry`);
        expect(found).toEqual([{ word: "ein" }]);
      }),
    );

    contractTest(
      "transaction() leaves nothing behind when the work throws",
      withDatabase(async (database) => {
        await migrate(database, "contract", MIGRATIONS);
        const failing = database.transaction(async (queries) => {
          await queries.insert(entry).values({ id: "a", count: 1, facts: { words: [] }, at: new Date(0) });
          throw new RangeError("stop");
        });
        await expect(failing).rejects.toThrow(new RangeError("stop"));
        expect(await database.drizzle.select().from(entry)).toEqual([]);
      }),
    );

    contractTest(
      "transaction() loses no update when many transactions increment one row",
      withDatabase(async (database) => {
        await migrate(database, "contract", MIGRATIONS);
        await database.drizzle.insert(entry).values({ id: "a", count: 0, facts: { words: [] }, at: new Date(0) });
        await Promise.all(
          Array.from({ length: 20 }, () =>
            database.transaction(async (queries) => {
              const [row] = await queries.select().from(entry).for("update");
              await queries.update(entry).set({ count: (row?.count ?? 0) + 1 });
            }),
          ),
        );
        expect(await database.drizzle.select({ count: entry.count }).from(entry)).toEqual([{ count: 20 }]);
      }),
    );

    contractTest(
      "purge() leaves the rows that are there",
      withDatabase(async (database) => {
        await migrate(database, "contract", MIGRATIONS);
        const row = { count: 1, facts: { words: ["heron"] }, at: new Date(0) };
        await database.drizzle.insert(entry).values([
          { id: "gone", ...row },
          { id: "kept", ...row },
        ]);
        await database.drizzle.delete(entry).where(eq(entry.id, "gone"));
        await database.purge([entry]);
        expect(await database.drizzle.select().from(entry)).toEqual([{ id: "kept", ...row }]);
      }),
    );

    contractTest(
      "migrate() applies what is missing once, when called again and at the same time",
      withDatabase(async (database) => {
        const second: Migration = { name: "0001_more", sql: `alter table "contract"."entry" add column "more" text;` };
        expect(await migrate(database, "contract", MIGRATIONS)).toEqual(["0000_entry"]);
        const both = await Promise.all([
          migrate(database, "contract", [...MIGRATIONS, second]),
          migrate(database, "contract", [...MIGRATIONS, second]),
        ]);
        expect(both.flat()).toEqual(["0001_more"]);
        expect(await migrate(database, "other", [])).toEqual([]);
      }),
    );

    contractTest(
      "migrate() refuses when an applied migration was changed or a newer version made the database",
      withDatabase(async (database) => {
        await migrate(database, "contract", MIGRATIONS);
        const changed = [{ name: "0000_entry", sql: "select 1" }];
        await expect(migrate(database, "contract", changed)).rejects.toThrow(
          /"0000_entry" was changed after it was applied/,
        );
        await expect(migrate(database, "contract", [])).rejects.toThrow(/made by a newer or another version/);
      }),
    );

    contractTest(
      "migrate() applies nothing when one statement fails",
      withDatabase(async (database) => {
        const broken = [...MIGRATIONS, { name: "0001_broken", sql: "create tabel x ()" }];
        await expect(migrate(database, "contract", broken)).rejects.toThrow(/"0001_broken" failed: syntax error/);
        expect(await migrate(database, "contract", MIGRATIONS)).toEqual(["0000_entry"]);
      }),
    );
  });
}
