/**
 * Postgres in WebAssembly, in this process: the embedded default.
 *
 * A data folder has ONE owner. A second process that opens it is not refused and loses acknowledged rows without an error, so whoever
 * opens a folder holds the data folder's lock first. There is one connection: transactions run one after another.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";
import { type Database, type Queries, rowsOf } from "../database.ts";
import { openingFailed } from "./opening_failed.ts";

export interface PgliteOptions {
  /** Folder of the database's files; made if absent. Default: in memory, gone at `close`. */
  readonly dataDir?: string;
  /** What `pgliteImage` gave: the database begins as a copy of that one, which takes a quarter of a fresh one's time. */
  readonly image?: Blob;
}

/**
 * Opens an embedded database. A fresh one takes 2 to 7 s and 600 MB of memory, an existing folder 0.3 s.
 * @throws {Error} If the folder cannot be read, its disk is full, or it was written by another major version of Postgres.
 */
export async function openPglite(options: PgliteOptions = {}): Promise<Database> {
  const client = await PGlite.create({
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.image === undefined ? {} : { loadDataDir: options.image }),
  }).catch((error: unknown) => {
    throw openingFailed(options.dataDir, error);
  });
  forgetRowTypes(client);
  refuseUseInsideTransaction(client);
  const queries = drizzle({ client }) as unknown as Queries;
  return {
    drizzle: queries,
    capabilities: { concurrentTransactions: false },
    transaction: (work) =>
      outsideOfTransaction(() =>
        queries.transaction(async (handle) => {
          const scope = { open: true };
          try {
            return await transactionScope.run(scope, () => work(handle));
          } finally {
            scope.open = false;
          }
        }),
      ),
    purge: (tables) => purge(queries, tables),
    async close() {
      if (!client.closed) await client.close();
    },
  };
}

/** A fresh database as one file (40 MB of tar), for the same version of the package. */
export async function pgliteImage(): Promise<Blob> {
  const client = await PGlite.create();
  const image = await client.dumpDataDir("none");
  await client.close();
  return image;
}

const transactionScope = new AsyncLocalStorage<{ open: boolean }>();

// With one connection a statement on the outer handle would wait for the transaction that waits for it: an error beats a hang.
function outsideOfTransaction<Result>(run: () => Promise<Result>): Promise<Result> {
  if (transactionScope.getStore()?.open) {
    return Promise.reject(
      new Error(
        "querying the database inside an open transaction: found the outer handle, wanted the transaction's own",
      ),
    );
  }
  return run();
}

/** Vacuuming alone leaves the bytes of deleted rows in their pages, and the log tells of them until its segment has gone. */
async function purge(queries: Queries, tables: readonly PgTable[]): Promise<void> {
  for (const table of tables) await queries.execute(sql`vacuum (full) ${table}`);
  const segments = async (): Promise<string[]> =>
    (await rowsOf(queries, sql`select name from pg_ls_waldir()`)).map(({ name }) => String(name));
  const old = new Set(await segments());
  // A segment that is used again holds its old bytes until others are written over them.
  await queries.execute(sql`set wal_recycle = off`);
  try {
    do {
      await queries.execute(sql`select pg_switch_wal()`);
      await queries.execute(sql`checkpoint`);
    } while ((await segments()).some((name) => old.has(name)));
  } finally {
    await queries.execute(sql`reset wal_recycle`);
  }
}

/** Types that Postgres makes for itself and for tables have numbers from here on; those that are written down have lower ones. */
const FIRST_MADE_TYPE = 10_000;

/**
 * PGlite copies its tables of types for every query, and has the array of each row type in them: 200 that nobody asks for, with numbers so far
 * apart that the copy takes two thirds of a small query's time.
 */
function forgetRowTypes(client: PGlite): void {
  for (const table of [client.parsers, client.serializers]) {
    for (const type of Object.keys(table)) if (Number(type) >= FIRST_MADE_TYPE) delete table[Number(type)];
  }
}

function refuseUseInsideTransaction(client: PGlite): void {
  const query = client.query.bind(client);
  client.query = <Row>(...statement: Parameters<PGlite["query"]>) =>
    outsideOfTransaction(() => query<Row>(...statement));
}
