import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENTS, Recipe, type Stage } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";
import { createIngestion } from "./service.ts";
import { cleanedToTell, noteCleaned, tellProgress } from "./stage_progress.ts";
import { plans } from "./tables.ts";
import { offlineBases } from "./testing/offline_bases.ts";

let host: TestHost;
let folder: string;
/** A clock that goes on by 10 ms whenever it is read: seconds pass without waiting. */
let clock = 1_000_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-progress-"));
  await mkdir(join(folder, "docs"));
  // Two shards: one holds 512 files.
  for (let at = 0; at < 600; at += 1) {
    await writeFile(
      join(folder, "docs", `${at}.md`),
      `Note ${at} of the mill: the water stood ${at} hands high today.`,
    );
  }
  const options = { files: nodeFiles(), bases: offlineBases, cleaner: inProcessCleaner() };
  host = await testHost({
    services: (openPorts, access) => [createIngestion(openPorts, access, options)],
    migrations: { ingestion: await readMigrations("ingestion") },
    now: () => (clock += 10),
  });
  await host.start();
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

test("each stage tells its progress: rising, at most once a second but for its end, and to the end", async () => {
  const written = { name: "docs", sources: [{ path: join(folder, "docs") }], corpus: { policy: "minimal" } };
  const bytes = new TextEncoder().encode(JSON.stringify(Recipe.parse(written)));
  const recipe = await host.artifacts.forProject("default").put(bytes, "application/json");
  const common = { runId: "run-a", attempt: 1, recipe };
  const envelope = { correlationid: "run-a" };
  await host.publish("collect", EVENTS.corpusCollect, common, envelope);
  const { plan } = (await host.events.until(EVENTS.corpusCollected)).data;
  await host.publish("clean", EVENTS.corpusClean, { ...common, plan }, envelope);
  await host.events.until(EVENTS.corpusCleaned);
  await host.publish("deduplicate", EVENTS.corpusDeduplicate, common, envelope);
  await host.events.until(EVENTS.corpusDeduplicated);

  const wanted: [Stage, number][] = [
    ["collecting", 600],
    ["cleaning", 600],
    ["deduplicating", 1200],
  ];
  for (const [stage, total] of wanted) {
    const told = host.events.of(EVENTS.stageProgressed).filter(({ data }) => data.stage === stage);
    const done = told.map(({ data }) => data.done);
    expect(done.length, stage).toBeGreaterThan(2);
    expect(done, stage).toEqual(done.toSorted((left, right) => left - right));
    expect(new Set(done).size, stage).toBe(done.length);
    expect(told.map(({ data }) => data.total)).toEqual(done.map(() => total));
    expect(done.at(-1), stage).toBe(total);
    const times = told.slice(0, -1).map(({ time }) => Date.parse(time));
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0), stage).toBeGreaterThanOrEqual(1000);
    }
  }
});

test("shards that are cleaned at the same time, and one begun anew, count up together", async () => {
  const db = host.database.drizzle;
  const run = { project: "default", runId: "run-b" };
  const plan = { sha256: "0".repeat(64), sizeBytes: 0, mediaType: "application/json" };
  await db.insert(plans).values({ ...run, plan, shards: 2, sources: 100, sizeBytes: 0, quarantined: 0, createdAt: 0 });
  const told: (number | undefined)[] = [];
  const note = async (shard: number, files: number, nowMs: number): Promise<void> => {
    await noteCleaned(db, { ...run, shard }, files);
    told.push(await cleanedToTell(db, "default", "run-b", nowMs));
  };
  await note(1, 30, 1000);
  await note(0, 10, 1500);
  await note(1, 35, 2000);
  await note(1, 5, 3000);
  await note(0, 20, 3001);
  await note(0, 50, 4001);
  expect(told).toEqual([30, undefined, 45, undefined, 55, 85]);
});

test("a later claim of a job tells nothing before it is further than the one before", async () => {
  const kept: unknown[] = [];
  const told: number[] = [];
  const context = {
    now: () => (clock += 1000),
    progress: async (value: unknown) => void kept.push(value),
    emit: async (_key: string, _definition: unknown, data: unknown) => void told.push((data as { done: number }).done),
  };
  const job = { id: "1", kind: "collect", key: "a", project: "default", correlationId: "a", causationId: "a" };
  const claim = { ...job, input: { runId: "a" }, generation: 1, progress: null };
  const first = tellProgress(claim, "collecting", "files", context);
  for (const done of [1, 2, 3]) await first(done, 5);
  const second = tellProgress({ ...claim, generation: 2, progress: kept.at(-1) }, "collecting", "files", context);
  for (const done of [1, 2, 3, 4, 5]) await second(done, 5);
  expect(told).toEqual([1, 2, 3, 4, 5]);
});
