/**
 * Makes the fixture of an upgrade: what this version keeps, as later versions will find it. Run it once for a released format, by
 * `node test/upgrade/make_fixture.ts`, and check in what it writes; a fixture that is there is never made again.
 */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gunzipSync, zstdCompressSync } from "node:zlib";
import { CATALOGUE, SERVICE_NAMES } from "@millrace/contracts";
import { openPglite } from "@millrace/database/pglite";
import { sql } from "drizzle-orm";
import { MAIN, readSummary, ROOT } from "../kit/millrace.ts";
import { dumpSql } from "./sql_dump.ts";

const RECIPE = `name: fixture
sources: [{ path: docs }]
tokenizer: { vocabularySize: 300 }
model: { layers: 2, heads: 2, width: 16, contextLength: 16 }
train: { steps: 20, leaves: 2, leafBatch: 2, validateEvery: 20, checkpointEvery: 20 }
deploy: { slots: 2, weights: float32 }
`;

const folder = await mkdtemp(join(tmpdir(), "millrace-fixture-"));
const place = join(ROOT, "test/upgrade/testdata");
try {
  await cp(join(ROOT, "test/recipes/tiny"), join(folder, "docs"), { recursive: true });
  await writeFile(join(folder, "recipe.yaml"), RECIPE);
  const data = ["--data-dir", join(folder, "data")];
  millrace("run", join(folder, "recipe.yaml"), "--once", "--summary", join(folder, "summary.json"), ...data);
  await emptyPostgresLog(join(folder, "data/postgres"));
  millrace("backup", join(folder, "backup.tar.gz"), ...data);

  await mkdir(place, { recursive: true });
  await writeFile(
    join(place, "data_folder.tar.zst"),
    packed(gunzipSync(await readFile(join(folder, "backup.tar.gz")))),
  );
  const database = await openPglite({ dataDir: join(folder, "data/postgres") });
  await writeFile(join(place, "database.sql.zst"), packed(await dumpSql(database, ["millrace", ...SERVICE_NAMES])));
  await database.close();
  const examples = [...CATALOGUE.values()].map(({ type, example }) => ({ type, data: example }));
  await writeFile(join(place, "events.json"), `${JSON.stringify(examples, null, 2)}\n`);
  const { run, artifacts, documents } = await readSummary(join(folder, "summary.json"));
  const facts = { madeAt: new Date().toISOString(), run, kept: documents?.kept, checkpoint: artifacts?.checkpoint };
  await writeFile(join(place, "facts.json"), `${JSON.stringify(facts, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true });
}

function millrace(...args: readonly string[]): void {
  execFileSync(process.execPath, [MAIN, ...args], { stdio: "inherit" });
}

/** Takes the pages out of Postgres' write-ahead log that lie in its tables too: half of the fixture. */
async function emptyPostgresLog(dataDir: string): Promise<void> {
  const anew = ["select pg_switch_wal()", "checkpoint"];
  // The setting holds from the next start on; without it old segments are kept under new names.
  for (const statements of [
    ["alter system set wal_recycle = off"],
    [...anew, ...anew, "alter system reset wal_recycle"],
  ]) {
    const database = await openPglite({ dataDir });
    for (const statement of statements) await database.drizzle.execute(sql.raw(statement));
    await database.close();
  }
}

/** The databases of a fresh Postgres are alike; a window that holds all of them finds that. */
function packed(content: string | Uint8Array): Uint8Array {
  return zstdCompressSync(content, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: 26,
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
    },
  });
}
