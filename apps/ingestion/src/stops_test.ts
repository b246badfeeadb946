/** Runs that stop: cancelled in the middle of each stage and taken up again, or with a policy that cannot be. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "@millrace/artifacts";
import { EVENTS, Recipe } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";
import { createIngestion } from "./service.ts";
import type { SourceFiles } from "./source_files.ts";
import { corpora, passages, plans, shards } from "./tables.ts";
import { offlineBases } from "./testing/offline_bases.ts";

/** Stops whoever comes to it, once it is closed, until it is opened. */
interface Gate {
  pass(): Promise<void>;
  /** Closes it after so many have passed; resolves when somebody waits. */
  close(after: number): Promise<void>;
  open(): void;
}

function nothing(): void {}

function gate(): Gate {
  let left = Number.POSITIVE_INFINITY;
  let arrived = nothing;
  let opened = Promise.resolve();
  let open = nothing;
  return {
    async pass() {
      if (left-- > 0) return;
      arrived();
      await opened;
    },
    close(after) {
      left = after;
      opened = new Promise((resolve) => (open = resolve));
      return new Promise((resolve) => (arrived = resolve));
    },
    open() {
      left = Number.POSITIVE_INFINITY;
      open();
    },
  };
}

const reading = gate();
const streaming = gate();
let listings = 0;
const files: SourceFiles = {
  list(source) {
    listings += 1;
    return nodeFiles().list(source);
  },
  async read(root, path) {
    await reading.pass();
    return nodeFiles().read(root, path);
  },
};

/** Artifacts whose streams go through a gate. */
function gated(store: ArtifactStore): ArtifactStore {
  return {
    forProject(project) {
      const artifacts = store.forProject(project);
      return {
        ...artifacts,
        async stream(sha256) {
          await streaming.pass();
          return artifacts.stream(sha256);
        },
      };
    },
  };
}

let host: TestHost;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-stops-"));
  await mkdir(join(folder, "docs"));
  // Two shards: one holds 512 files.
  for (let at = 0; at < 520; at += 1) {
    await writeFile(
      join(folder, "docs", `${at}.md`),
      `Note of the mill: ${"abcdefghij"[at % 10]}${at} hands of water.`,
    );
  }
  host = await testHost({
    services: (openPorts, access) => [
      createIngestion(
        async () => {
          const scope = await openPorts();
          return { ...scope, ports: { ...scope.ports, artifacts: gated(scope.ports.artifacts) } };
        },
        access,
        { files, bases: offlineBases, cleaner: inProcessCleaner() },
      ),
    ],
    migrations: { ingestion: await readMigrations("ingestion") },
  });
  await host.start();
});
afterAll(async () => {
  // A test that failed may have left its work waiting.
  reading.open();
  streaming.open();
  await host.close();
  await rm(folder, { recursive: true });
});

interface Command {
  readonly runId: string;
  readonly attempt: number;
  readonly recipe: Awaited<ReturnType<typeof storeRecipe>>;
}

async function storeRecipe(policy: string) {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: join(folder, "docs") }], corpus: { policy } });
  return host.artifacts.forProject("default").put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
}

const started = (runId: string, attempt: number): Promise<Command> =>
  storeRecipe("minimal").then((recipe) => ({ runId, attempt, recipe }));

/** The commands of automation; each gives what the stage says at its end. */
const collect = async (command: Command) => {
  const { runId, attempt } = command;
  await host.publish(`${runId} collect ${attempt}`, EVENTS.corpusCollect, command, { correlationid: runId });
  return () => host.events.until(EVENTS.corpusCollected, ({ data }) => data.runId === runId);
};
const clean = async (command: Command, ended: Awaited<ReturnType<Awaited<ReturnType<typeof collect>>>>) => {
  const { runId, attempt } = command;
  const data = { ...command, plan: ended.data.plan };
  await host.publish(`${runId} clean ${attempt}`, EVENTS.corpusClean, data, { correlationid: runId });
  return () => host.events.until(EVENTS.corpusCleaned, ({ data: { runId: other } }) => other === runId);
};
const deduplicate = async (command: Command) => {
  const { runId, attempt } = command;
  await host.publish(`${runId} deduplicate ${attempt}`, EVENTS.corpusDeduplicate, command, { correlationid: runId });
  return () => host.events.until(EVENTS.corpusDeduplicated, ({ data }) => data.runId === runId);
};

/** State of each job of a run, by key. */
async function jobsOf(runId: string): Promise<string[]> {
  const { jobs } = host.services[0]?.internals.tables ?? expect.fail("found no service");
  const rows = await host.database.drizzle.select({ key: jobs.key, state: jobs.state }).from(jobs);
  return rows.filter(({ key }) => key.startsWith(`${runId} `)).map(({ key, state }) => `${key}: ${state}`);
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Cancels a run whose work waits at a gate, lets the work go on, and waits until the job has noticed. */
async function cancelAt(waiting: Gate, runId: string, jobs: readonly string[]): Promise<void> {
  const left = (): number => host.logged.filter(({ msg }) => String(msg).startsWith("job left")).length;
  const before = left();
  const cancelled = { runId, attempt: 1, reason: "stopped by the operator" };
  await host.publish(`${runId} cancel`, EVENTS.pipelineCancelled, cancelled, { correlationid: runId });
  await until(async () => (await jobsOf(runId)).filter((job) => job.endsWith(": cancelled")).length === jobs.length);
  expect((await jobsOf(runId)).filter((job) => job.endsWith(": cancelled")).sort()).toEqual(
    jobs.map((job) => `${runId} ${job}: cancelled`),
  );
  waiting.open();
  await until(() => left() > before);
}

const countOf = async (table: typeof plans | typeof shards | typeof corpora | typeof passages, runId: string) =>
  host.database.drizzle.$count(table, and(eq(table.project, "default"), eq(table.runId, runId)));
const eventsOf = (runId: string): string[] =>
  host.events
    .all()
    .filter(({ correlationid, source }) => correlationid === runId && source === "/millrace/ingestion")
    .map(({ type }) => type)
    .filter((type) => type !== EVENTS.stageProgressed.type);

test("cancelled while collecting: no source list, and a later attempt makes one", async () => {
  const first = await started("run-a", 1);
  const waits = reading.close(100);
  await collect(first);
  await waits;
  await cancelAt(reading, "run-a", ["attempt 1"]);
  expect(await countOf(plans, "run-a")).toBe(0);
  expect(eventsOf("run-a")).toEqual([]);
  await (
    await collect({ ...first, attempt: 2 })
  )();
  expect(await countOf(plans, "run-a")).toBe(1);
});

test("cancelled while cleaning: no shard, nothing to search, no shard begun later; a later attempt cleans all", async () => {
  const first = await started("run-b", 1);
  const collected = await (await collect(first))();
  // Less than the files of either shard: both may be cleaned at the same time, and neither is to end.
  const waits = reading.close(4);
  await clean(first, collected);
  await waits;
  await cancelAt(reading, "run-b", ["shard 0 attempt 1", "shard 1 attempt 1"]);
  expect(await countOf(shards, "run-b")).toBe(0);
  expect(await countOf(passages, "run-b")).toBe(0);
  expect(eventsOf("run-b")).toEqual([EVENTS.corpusCollected.type]);
  const cleaned = await (await clean({ ...first, attempt: 2 }, collected))();
  expect(cleaned.data).toMatchObject({ shards: 2, read: 520 });
  expect(await countOf(shards, "run-b")).toBe(2);
});

test("cancelled while deduplicating: no corpus; a later attempt makes the one that was due", async () => {
  const first = await started("run-c", 1);
  await (
    await clean(first, await (await collect(first))())
  )();
  const waits = streaming.close(1);
  await deduplicate(first);
  await waits;
  await cancelAt(streaming, "run-c", ["attempt 1"]);
  expect(await countOf(corpora, "run-c")).toBe(0);
  expect(eventsOf("run-c")).not.toContain(EVENTS.corpusDeduplicated.type);
  const { corpusHash } = (await (await deduplicate({ ...first, attempt: 2 }))()).data;

  const whole = await started("run-d", 1);
  await (
    await clean(whole, await (await collect(whole))())
  )();
  expect((await (await deduplicate(whole))()).data.corpusHash).toBe(corpusHash);
});

test.each([
  ["missing.yaml", undefined, /ENOENT/],
  ["broken.yaml", "rules: [", /reading policy .*broken\.yaml/],
  ["unknown.yaml", "name: mine\nrules:\n  - { signal: no_such_signal, atLeast: 1 }\n", /no_such_signal|rules/],
])("a policy file that is %s ends the run before a source is listed", async (name, content, message) => {
  const path = join(folder, name);
  if (content !== undefined) await writeFile(path, content);
  const before = listings;
  const runId = `run-${name}`;
  await collect({ runId, attempt: 1, recipe: await storeRecipe(path) });
  const failed = await host.events.until(EVENTS.stageFailed, ({ data }) => data.runId === runId);
  expect(failed.data).toMatchObject({ stage: "collecting", attempt: 1, error: { code: "policy_invalid" } });
  expect(failed.data.error.message).toMatch(message);
  expect(failed.data.error.message).toContain(path);
  expect(listings).toBe(before);
  expect(await countOf(plans, runId)).toBe(0);
});
