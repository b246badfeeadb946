import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowsOf } from "../database.ts";
import { databaseContract } from "../testing/contract.ts";
import { type PostgresServer, postgresUnavailable, startPostgres } from "../testing/postgres_server.ts";
import { openPostgres } from "./postgres.ts";

const skip = postgresUnavailable();
if (skip !== undefined) console.warn(`skipped: database on PostgreSQL: ${skip}`);

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  if (skip === undefined) server = await startPostgres();
});
afterAll(() => server?.stop());

databaseContract("PostgreSQL", async () => openPostgres(await server.createDatabase(`contract_${databases++}`)), skip);

test.skipIf(skip !== undefined)("openPostgres() reconnects when the server was killed and came back", async () => {
  const database = openPostgres(server.url);
  await database.drizzle.execute(sql`create table survivor as select 7 as number`);
  await server.kill();
  await server.restart();
  expect(await rowsOf(database.drizzle, sql`select number from survivor`)).toEqual([{ number: 7 }]);
  await database.close();
});

test.skipIf(skip !== undefined)("transaction() rejects when its work went on after a failed statement", async () => {
  const database = openPostgres(server.url);
  const swallowed = database.transaction((queries) => queries.execute(sql`select 1 / 0`).catch(() => "went on"));
  await expect(swallowed).rejects.toThrow("one of its statements had failed");
  await database.close();
});

test.skipIf(skip !== undefined)(
  "transactions on a server that is killed are rejected or committed whole, and the next ones work",
  async () => {
    const database = openPostgres(await server.createDatabase("killed"));
    await database.drizzle.execute(sql`create table account (id int primary key, amount int not null)`);
    await database.drizzle.execute(sql`insert into account select number, 0 from generate_series(0, 7) as number`);
    const move = (from: number): Promise<void> =>
      database.transaction(async (queries) => {
        await queries.execute(sql`update account set amount = amount - 1 where id = ${from}`);
        // The connection is lost between two statements, too.
        await new Promise((resolve) => setTimeout(resolve, from * 5));
        await queries.execute(sql`update account set amount = amount + 1 where id = ${from + 1}`);
      });
    let rejected = 0;
    const killing = new AbortController();
    const movers = [0, 2, 4, 6].map(async (from) => {
      while (!killing.signal.aborted) {
        await move(from).catch(() => void rejected++);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await move(from);
    });
    for (let kills = 0; kills < 3; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await server.kill();
      await server.restart();
    }
    killing.abort();
    await Promise.all(movers);
    expect(rejected).toBeGreaterThan(0);
    expect(await rowsOf(database.drizzle, sql`select sum(amount)::int as sum from account`)).toEqual([{ sum: 0 }]);
    await database.close();
  },
);
