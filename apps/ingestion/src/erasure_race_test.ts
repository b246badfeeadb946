/** A document that is forgotten at the moment in which work on it ends. Embedded, one transaction waits for another; on a server not. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DocumentView, Erasure, ErasureList, EVENTS, Recipe, type RunView, SearchResults } from "@millrace/contracts";
import { documentId } from "@millrace/corpus";
import { type Database, type Queries, rowsOf } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import { openPostgres } from "@millrace/database/postgres";
import { type PostgresServer, postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { testHost, type TestHost } from "@millrace/service/testing";
import { and, eq, like, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";
import { createIngestion } from "./service.ts";
import { cleanedFiles, passages } from "./tables.ts";
import { automationStandIn } from "./testing/automation_stand_in.ts";
import { offlineBases } from "./testing/offline_bases.ts";
import { STORIES, story } from "./testing/stories.ts";

const skip = postgresUnavailable();
if (skip !== undefined) console.warn(`erasures on PostgreSQL are skipped: ${skip}`);

const FILES = {
  ...STORIES,
  "vole.md": story("vole", "reed bank").replaceAll("third willow", "roots of the oak that the vole knows"),
};
const PATIENT = { timeout: 30_000, interval: 50 };

interface Held {
  readonly hold: (db: Queries) => Promise<unknown>;
  readonly statement: string;
}
/** Rows that the end of deduplication deletes. */
const duplicatesOf = (runId: string): Held => ({
  hold: (db) =>
    db
      .select()
      .from(passages)
      .where(and(eq(passages.runId, runId), like(passages.source, "otter%")))
      .for("update"),
  statement: 'delete from "ingestion"."passage"',
});
/** The row that the end of cleaning writes last. */
const cleanedOf = (runId: string): Held => ({
  hold: (db) => db.insert(cleanedFiles).values({ project: "default", runId, shard: 0, files: 0 }),
  statement: 'insert into "ingestion"."cleaned_files"',
});

describe.skipIf(skip !== undefined)("on PostgreSQL", () => {
  let server: PostgresServer;
  let database: Database;
  let host: TestHost;
  let folder: string;
  const states = new Map<string, RunView["state"]>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-erasure-"));
    await mkdir(join(folder, "docs"));
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, "docs", name), text);
    server = await startPostgres();
    database = openPostgres(server.url);
    host = await testHost({
      database,
      services: (openPorts, access) => [
        createIngestion(openPorts, access, { files: nodeFiles(), bases: offlineBases, cleaner: inProcessCleaner() }),
        automationStandIn(states)(openPorts, access),
      ],
      migrations: { ingestion: await readMigrations("ingestion") },
    });
    await host.start();
  });
  afterAll(async () => {
    await host?.close();
    await database?.close();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const artifacts = () => host.artifacts.forProject("default");
  const get = async (path: string): Promise<unknown> =>
    (await host.request("ingestion", `/api/ingestion${path}`)).json();

  async function common(runId: string) {
    const sources = [{ path: join(folder, "docs") }];
    const recipe = Recipe.parse({ name: "docs", sources, corpus: { policy: "documentation" } });
    const bytes = new TextEncoder().encode(JSON.stringify(recipe));
    return { runId, attempt: 1, recipe: await artifacts().put(bytes, "application/json") };
  }
  async function askToClean(runId: string): Promise<void> {
    const envelope = { correlationid: runId };
    await host.publish(`${runId} collect`, EVENTS.corpusCollect, await common(runId), envelope);
    const { plan } = (await host.events.until(EVENTS.corpusCollected, ({ data }) => data.runId === runId)).data;
    await host.publish(`${runId} clean`, EVENTS.corpusClean, { ...(await common(runId)), plan }, envelope);
  }
  const cleaned = (runId: string) => host.events.until(EVENTS.corpusCleaned, ({ data }) => data.runId === runId);
  const deduplicated = (runId: string) =>
    host.events.until(EVENTS.corpusDeduplicated, ({ data }) => data.runId === runId);

  const forget = (id: string): Promise<Response> => {
    const body = JSON.stringify({ documentId: id, idempotencyKey: crypto.randomUUID() });
    return host.request("ingestion", "/api/ingestion/erasures", { method: "POST", body });
  };
  const isDone = async (id: string): Promise<boolean> =>
    Erasure.safeParse(await get(`/erasures/${id}`)).data?.state === "done";
  async function holding(text: string): Promise<string[]> {
    const store = artifacts();
    const hits: string[] = [];
    for await (const { sha256 } of store.list()) {
      if (new TextDecoder().decode(await store.bytes(sha256)).includes(text)) hits.push(sha256);
    }
    return hits;
  }
  /** Whether somebody waits for a lock in a statement that begins so. */
  const isBlocked = async (statement: string): Promise<boolean> => {
    const of = sql`pg_stat_activity where wait_event_type = 'Lock' and query like ${`${statement}%`}`;
    return (await rowsOf(database.drizzle, sql`select 1 from ${of}`)).length > 0;
  };

  /**
   * Forgets a document while the end of a job has looked for forgotten ones and not committed.
   * @param held Holds something that the job's last transaction needs after that, in the statement that is named.
   * @param work Makes the job end.
   */
  async function forgetAtTheEnd(
    id: string,
    { hold, statement }: Held,
    work: () => Promise<unknown>,
  ): Promise<Response> {
    let forgetting: Promise<Response> | undefined;
    const isOver = new Error("lets go");
    await database
      .transaction(async (db) => {
        await hold(db);
        await work();
        await expect.poll(() => isBlocked(statement), PATIENT).toBe(true);
        forgetting = forget(id);
        // It waits for the job's end, or is done without it.
        await expect
          .poll(async () => (await isBlocked("select pg_advisory")) || (await isDone(id)), PATIENT)
          .toBe(true);
        throw isOver;
      })
      .catch((error: unknown) => {
        if (error !== isOver) throw error;
      });
    return forgetting as Promise<Response>;
  }

  test("a corpus that is finished at the same moment does not keep it", async () => {
    const badger = await documentId("badger.md", 0);
    await askToClean("run-a");
    await cleaned("run-a");
    const forgotten = await forgetAtTheEnd(badger, duplicatesOf("run-a"), async () => {
      await host.publish("run-a dedup", EVENTS.corpusDeduplicate, await common("run-a"), { correlationid: "run-a" });
    });
    expect(forgotten.status).toBe(202);
    await deduplicated("run-a");
    const fate = async () => DocumentView.safeParse(await get(`/documents/${badger}`)).data;
    await expect
      .poll(fate, PATIENT)
      .toMatchObject({ fate: "dropped", document: { reasons: [{ code: "forgotten" }], excerpt: "" } });
    await expect.poll(() => holding("badger of the old bridge"), PATIENT).toEqual([]);
  });

  test("a run that goes on with a corpus that is finished at the same moment is waited for", async () => {
    const mole = await documentId("mole.md", 0);
    states.set("run-b", "deduplicating");
    await askToClean("run-b");
    await cleaned("run-b");
    const refused = await forgetAtTheEnd(mole, duplicatesOf("run-b"), async () => {
      await host.publish("run-b dedup", EVENTS.corpusDeduplicate, await common("run-b"), { correlationid: "run-b" });
    });
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("run run-b, which holds it")]);
    await deduplicated("run-b");
    const { erasures } = ErasureList.parse(await get("/erasures"));
    expect(erasures.map(({ documentId: id }) => id)).not.toContain(mole);
    expect(DocumentView.parse(await get(`/documents/${mole}`)).fate).toBe("kept");
    states.clear();
  });

  test("a shard that is cleaned at the same moment does not keep it", async () => {
    const vole = await documentId("vole.md", 0);
    const forgotten = await forgetAtTheEnd(vole, cleanedOf("run-c"), () => askToClean("run-c"));
    expect(forgotten.status).toBe(202);
    await cleaned("run-c");
    const search = "/search?q=reed+bank&run=run-c";
    await expect.poll(async () => SearchResults.parse(await get(search)).total, PATIENT).toBe(0);
    await expect.poll(() => holding("vole of the reed bank"), PATIENT).toEqual([]);
  });
});
