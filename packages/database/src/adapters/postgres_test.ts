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
