/**
 * What an earlier version has kept opens with this one: a data folder, a PostgreSQL, and the events of that time. The fixture is made by
 * make_fixture.ts beside this; what it holds stands in facts.json.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync, zstdDecompressSync } from "node:zlib";
import { fileStore } from "@millrace/artifacts/file";
import { sqliteBus, sqliteLease } from "@millrace/bus/sqlite";
import {
  CATALOGUE,
  CloudEvent,
  DeadLetterList,
  DocumentView,
  EVENT_STREAMS,
  ModelList,
  RunView,
  SearchResults,
  SERVICE_NAMES,
} from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { openPglite } from "@millrace/database/pglite";
import { openPostgres } from "@millrace/database/postgres";
import { type PostgresServer, postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { LOCAL_HOST_NAMES, localPeers } from "@millrace/service";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { restore } from "../../apps/cli/src/care/restore.ts";
import { openDataFolder } from "../../apps/cli/src/data_folder/data_folder.ts";
import { startEmbedded } from "../../apps/cli/src/embedded/embedded.ts";
import { opening } from "../../apps/cli/src/hosting/closing.ts";
import { hostApps } from "../../apps/cli/src/hosting/host_apps.ts";
import { ROOT } from "../kit/millrace.ts";

const MINUTES = 60_000;
const FIXTURE = join(ROOT, "test/upgrade/testdata");
const Facts = z.object({ madeAt: z.iso.datetime(), run: z.string(), kept: z.number(), checkpoint: z.string() });
const Completion = z.looseObject({ choices: z.array(z.looseObject({ text: z.string() })).min(1) });

let folder: string;
let facts: z.infer<typeof Facts>;
/** Shortly after the fixture was made: events are removed when they are old. */
let now: () => number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-upgrade-"));
  facts = Facts.parse(JSON.parse(await readFile(join(FIXTURE, "facts.json"), "utf8")));
  const behindMs = Date.now() - Date.parse(facts.madeAt);
  now = () => Date.now() - behindMs;
  const tar = zstdDecompressSync(await readFile(join(FIXTURE, "data_folder.tar.zst")));
  const backup = join(folder, "backup.tar.gz");
  await writeFile(backup, gzipSync(tar, { level: 1 }));
  // What a user of an old backup does.
  await restore(backup, join(folder, "fixture"), { erasures: [], tell: () => {} });
}, 2 * MINUTES);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of the fixture's data folder. */
async function copied(name: string): Promise<string> {
  const place = join(folder, name);
  await cp(join(folder, "fixture"), place, { recursive: true });
  return place;
}

interface Installation {
  readonly address: string;
  readonly apiKey: string;
  stop(): Promise<void>;
}

/** The data folder as it is, as `millrace up` opens it. */
async function openFolder(place: string): Promise<Installation> {
  const opened = await openDataFolder(place);
  if ("owner" in opened) throw new Error(`opening ${place}: nobody else knows of it`);
  const embedded = await startEmbedded(opened, { port: 0, works: true, logSink: () => {}, now });
  return {
    ...embedded,
    async stop() {
      await embedded.stop();
      await opened.release();
    },
  };
}

/** The same services on another database, with the log and the artifacts of the folder. */
function openOn(place: string, database: Database): Promise<Installation> {
  return opening(async (closing) => {
    const { apiKey, cluster } = JSON.parse(await readFile(join(place, "secrets.json"), "utf8")) as Record<
      string,
      string
    >;
    const file = join(place, "events.sqlite");
    const [bus, lease] = [sqliteBus({ file, now }), sqliteLease({ file, now })];
    closing.push(() => bus.close());
    closing.push(() => lease.close());
    const server = await hostApps(
      {
        mode: "embedded",
        names: SERVICE_NAMES,
        works: true,
        parts: { bus, lease, database, artifacts: fileStore(join(place, "artifacts")) },
        access: { apiKey: apiKey ?? "", user: "local", hostNames: LOCAL_HOST_NAMES },
        clusterSecret: cluster ?? "",
        peers: (token, here) => localPeers(here, token),
        listen: { hostname: "127.0.0.1", port: 0 },
        scratchFolder: join(place, "scratch"),
        leases: { owner: "upgrade", takesOver: "all" },
        logSink: () => {},
        now,
      },
      closing,
    );
    return { address: server.url, apiKey: apiKey ?? "", stop: () => closing.closeAll() };
  });
}

async function ask<Schema extends z.ZodType>(
  { address, apiKey }: Installation,
  path: string,
  schema: Schema,
  body?: object,
): Promise<z.infer<Schema>> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(new URL(path, address), { headers, ...sent });
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  return schema.parse(JSON.parse(text));
}

/** What its users had they have: search, documents, the run, the version, its answers. */
async function expectAllThere(installation: Installation): Promise<void> {
  const { results } = await ask(installation, "/api/ingestion/search?q=mill", SearchResults);
  const [best] = results;
  expect(best?.source).toMatch(/mill/);
  const view = await ask(installation, `/api/ingestion/documents/${best?.documentId}`, DocumentView);
  expect(view).toMatchObject({ fate: "kept", places: [{ runId: facts.run }] });
  const run = await ask(installation, `/api/automation/runs/${facts.run}`, RunView);
  expect(run).toMatchObject({ name: "fixture", state: "serving" });
  await expectVersion(installation);
  const prompt = { model: "fixture@live", prompt: "The mill", max_tokens: 4 };
  const answers = await ask(installation, "/v1/completions", Completion, prompt);
  expect(answers.choices[0]?.text.length).toBeGreaterThan(0);
}

async function expectVersion(installation: Installation): Promise<void> {
  const { models } = await ask(installation, "/api/registry/models", ModelList);
  const latest = {
    version: 1,
    runId: facts.run,
    aliases: ["live"],
    state: "deployed",
    checkpoint: { sha256: facts.checkpoint },
  };
  expect(models).toMatchObject([{ name: "fixture", versions: 1, latest }]);
}

test(
  "a data folder of the fixture's version opens, finds, and answers",
  async () => {
    const installation = await openFolder(await copied("folder"));
    try {
      await expectAllThere(installation);
    } finally {
      await installation.stop();
    }
  },
  2 * MINUTES,
);

test(
  "a data folder of a newer format is refused in words, and left as it is",
  async () => {
    const place = await copied("newer");
    const format = join(place, "format.json");
    const { version } = JSON.parse(await readFile(format, "utf8")) as { version: number };
    await writeFile(format, JSON.stringify({ version: version + 1 }));
    await expect(openDataFolder(place)).rejects.toThrow(
      /it has format \d+, this Millrace knows up to \d+; use a newer Millrace/,
    );

    await writeFile(format, JSON.stringify({ version }));
    const database = await openPglite({ dataDir: join(place, "postgres") });
    await addNewerMigration(database);
    await database.close();
    await expect(openFolder(place)).rejects.toThrow(/holds migration "9999_later".*made by a newer or another version/);
  },
  2 * MINUTES,
);

/** As a later version would. */
async function addNewerMigration(database: Database): Promise<void> {
  await database.drizzle.execute(
    sql`insert into millrace.migrations (app, position, name, hash)
        select app, count(*), '9999_later', 'none' from millrace.migrations where app = 'registry' group by app`,
  );
}

const missing = postgresUnavailable();
if (missing !== undefined) console.log(`skipped: upgrade of a PostgreSQL, since ${missing}`);
describe.skipIf(missing !== undefined)("PostgreSQL", () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  }, MINUTES);
  afterAll(() => server?.stop());

  async function loaded(): Promise<Database> {
    const database = openPostgres(await server.createDatabase(`upgrade_${(databases += 1)}`));
    const script = zstdDecompressSync(await readFile(join(FIXTURE, "database.sql.zst"))).toString("utf8");
    await database.drizzle.execute(sql.raw(script));
    return database;
  }

  test(
    "a database of the fixture's version opens, finds, and answers",
    async () => {
      const database = await loaded();
      try {
        const installation = await openOn(await copied("with-postgres"), database);
        try {
          await expectAllThere(installation);
        } finally {
          await installation.stop();
        }
      } finally {
        await database.close();
      }
    },
    2 * MINUTES,
  );

  test(
    "a database of a newer version is refused in words",
    async () => {
      const database = await loaded();
      try {
        await addNewerMigration(database);
        const place = await copied("with-newer-postgres");
        await expect(openOn(place, database)).rejects.toThrow(
          /holds migration "9999_later".*made by a newer or another version/,
        );
      } finally {
        await database.close();
      }
    },
    2 * MINUTES,
  );
});

describe("old events", () => {
  test("every event of the fixture's catalogue is one of today's", async () => {
    const examples = JSON.parse(await readFile(join(FIXTURE, "events.json"), "utf8")) as {
      type: string;
      data: unknown;
    }[];
    expect(examples.length).toBeGreaterThan(20);
    for (const { type, data } of examples) {
      const parsed = CATALOGUE.get(type)?.schema.safeParse(data);
      expect(parsed?.error, type).toBeUndefined();
      expect(parsed?.success, `${type} is in the catalogue no more`).toBe(true);
    }
  });

  test(
    "the fixture's log is handled anew by a registry that has forgotten everything",
    async () => {
      const place = await copied("replayed");
      const log = new DatabaseSync(join(place, "events.sqlite"));
      const { changes } = log.prepare("delete from consumer where name like 'registry-%'").run();
      log.exec("delete from delivery where consumer like 'registry-%'");
      log.close();
      expect(Number(changes)).toBeGreaterThan(5);
      const database = await openPglite({ dataDir: join(place, "postgres") });
      const tables = sql`do $$ declare one text; begin for one in select format('%I.%I', schemaname, tablename) from pg_tables
      where schemaname = 'registry' and tablename <> 'audit' loop execute 'truncate ' || one; end loop; end $$`;
      await database.drizzle.execute(tables);
      await database.close();

      const installation = await openFolder(place);
      try {
        // Which of its handlers hears first is open when all is there at once; whichever it is, the version is what it was.
        const version = async (): Promise<unknown> => {
          const { models } = await ask(installation, "/api/registry/models", ModelList);
          return models.map(({ name, latest }) => [name, latest.version, latest.runId, latest.checkpoint.sha256]);
        };
        const wanted = [["fixture", 1, facts.run, facts.checkpoint]];
        await expect.poll(version, { timeout: MINUTES, interval: 100 }).toEqual(wanted);
        const { deadLetters } = await ask(installation, "/api/automation/dead-letters", DeadLetterList);
        expect(deadLetters).toEqual([]);
      } finally {
        await installation.stop();
      }
    },
    2 * MINUTES,
  );

  test("each event of the fixture's log is of a type that is known, with data that fit", async () => {
    const place = await copied("read");
    const bus = sqliteBus({ file: join(place, "events.sqlite"), now });
    let events = 0;
    for (const { name } of EVENT_STREAMS) {
      for await (const { payload } of bus.replay({ stream: name, from: "start" })) {
        const event = CloudEvent.parse(JSON.parse(payload));
        expect(CATALOGUE.get(event.type)?.schema.safeParse(event.data).success, event.type).toBe(true);
        events += 1;
      }
    }
    await bus.close();
    expect(events).toBeGreaterThan(20);
  });
});
