/** A document that is forgotten is given out nowhere, lies on no disk, and does not come back. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ClusterList,
  CorpusManifest,
  DocumentList,
  DocumentView,
  DroppedList,
  Erasure,
  ErasureList,
  EVENTS,
  Recipe,
  RunReport,
  type RunView,
  SearchResults,
} from "@millrace/contracts";
import type { ArtifactStore } from "@millrace/artifacts";
import { documentId } from "@millrace/corpus";
import { type Database, rowsOf } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import {
  type Access,
  anyOf,
  apiKeys,
  hashApiKey,
  type Job,
  type JobContext,
  newApiKey,
  type OpenPorts,
} from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { eq, inArray, like, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";
import { purgeJob } from "./jobs/purge.ts";
import { createIngestion } from "./service.ts";
import type { SourceFiles } from "./source_files.ts";
import { corpora, erasures } from "./tables.ts";
import { automationStandIn } from "./testing/automation_stand_in.ts";
import { offlineBases } from "./testing/offline_bases.ts";
import { STORIES, story } from "./testing/stories.ts";

const FILES = {
  ...STORIES,
  "weasel.md": "The weasel.",
};

/** Jobs end when they end. */
const PATIENT = { timeout: 30_000, interval: 50 };

const OPERATOR_KEY = newApiKey();
function withOperator(access: Access): Access {
  const keyHash = hashApiKey(OPERATOR_KEY);
  const operator = { name: "operator", project: "default", role: "operator" } as const;
  const find = apiKeys(async (hash) => (hash === (await keyHash) ? operator : undefined));
  return { ...access, authenticate: anyOf(access.authenticate, find) };
}

let host: TestHost;
let folder: string;
const states = new Map<string, RunView["state"]>();
/** What happens before a source is read to be cleaned. */
let beforeRead = async (): Promise<void> => {};
let isCollected = false;
/** Deletions that the store still refuses. */
let refusals = 0;

/** What happens before the database writes its files anew. */
let beforePurge = async (): Promise<void> => {};

function withFailingStore(openPorts: OpenPorts): OpenPorts {
  return async () => {
    const scope = await openPorts();
    const { artifacts, database } = scope.ports;
    const purge: Database["purge"] = async (tables) => {
      await beforePurge();
      await database.purge(tables);
    };
    return { ...scope, ports: { ...scope.ports, artifacts: failing(artifacts), database: { ...database, purge } } };
  };
}

/** Artifacts of a store that fails at times. */
function failing(store: ArtifactStore): ArtifactStore {
  return {
    forProject(project) {
      const own = store.forProject(project);
      return {
        ...own,
        async delete(sha256) {
          if (refusals > 0) {
            refusals -= 1;
            throw new Error("the store is away");
          }
          await own.delete(sha256);
        },
      };
    },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-forget-"));
  await mkdir(join(folder, "docs"));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, "docs", name), text);
  const own = nodeFiles();
  const files: SourceFiles = {
    list: own.list,
    async read(root, path) {
      if (isCollected) await beforeRead();
      return own.read(root, path);
    },
  };
  host = await testHost({
    services: (openPorts, access) => [
      createIngestion(withFailingStore(openPorts), withOperator(access), {
        files,
        bases: offlineBases,
        cleaner: inProcessCleaner(),
      }),
      automationStandIn(states)(openPorts, access),
    ],
    migrations: { ingestion: await readMigrations("ingestion") },
  });
  await host.start();
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const artifacts = () => host.artifacts.forProject("default");
const get = async (path: string): Promise<unknown> => (await host.request("ingestion", `/api/ingestion${path}`)).json();
const found = async (words: string, runId: string): Promise<string[]> =>
  SearchResults.parse(await get(`/search?q=${words}&run=${runId}`)).results.map(({ source }) => source);

let section: object = { policy: "documentation" };
async function common(runId: string) {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: join(folder, "docs") }], corpus: section });
  const bytes = new TextEncoder().encode(JSON.stringify(recipe));
  return { runId, attempt: 1, recipe: await artifacts().put(bytes, "application/json") };
}

async function clean(runId: string): Promise<void> {
  const envelope = { correlationid: runId };
  await host.publish(`${runId} collect`, EVENTS.corpusCollect, await common(runId), envelope);
  const { plan } = (await host.events.until(EVENTS.corpusCollected, ({ data }) => data.runId === runId)).data;
  isCollected = true;
  await host.publish(`${runId} clean`, EVENTS.corpusClean, { ...(await common(runId)), plan }, envelope);
  await host.events.until(EVENTS.corpusCleaned, ({ data }) => data.runId === runId);
}

async function deduplicate(runId: string): Promise<CorpusManifest> {
  await host.publish(`${runId} deduplicate`, EVENTS.corpusDeduplicate, await common(runId), { correlationid: runId });
  const { corpus } = (await host.events.until(EVENTS.corpusDeduplicated, ({ data }) => data.runId === runId)).data;
  return CorpusManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts().bytes(corpus.sha256))));
}

function ask(id: string, idempotencyKey: string, headers: HeadersInit = {}): Promise<Response> {
  const body = JSON.stringify({ documentId: id, idempotencyKey });
  return host.request("ingestion", "/api/ingestion/erasures", { method: "POST", body, headers });
}

const stateOf = async (one: string): Promise<string> => Erasure.parse(await get(`/erasures/${one}`)).state;

const statesOf = (ids: readonly string[]): Promise<string[]> => Promise.all(ids.map(stateOf));

async function forget(id: string, key: string = id): Promise<Erasure> {
  const response = await ask(id, key);
  expect(response.status).toBe(202);
  Erasure.parse(await response.json());
  await expect.poll(() => stateOf(id), PATIENT).toBe("done");
  return Erasure.parse(await get(`/erasures/${id}`));
}

/** Paths of stored artifacts that hold a text. */
async function holding(text: string): Promise<string[]> {
  const store = artifacts();
  const hits: string[] = [];
  for await (const { sha256 } of store.list()) {
    if (new TextDecoder().decode(await store.bytes(sha256)).includes(text)) hits.push(sha256);
  }
  return hits;
}

const id = (name: keyof typeof FILES): Promise<string> => documentId(name, 0);

test("a kept document is gone from search, pages, lists and stored files; the rest stays as it was", async () => {
  await clean("run-a");
  const before = await deduplicate("run-a");
  expect(await found("heron", "run-a")).toEqual(["heron.md"]);
  expect(await holding("heron of the lower")).not.toEqual([]);
  const heron = await id("heron.md");

  expect(await forget(heron)).toMatchObject({ documentId: heron, state: "done", by: "admin" });

  expect(await found("heron", "run-a")).toEqual([]);
  const view = DocumentView.parse(await get(`/documents/${heron}`));
  expect(view).toMatchObject({ fate: "dropped", document: { reasons: [{ code: "forgotten" }], excerpt: "" } });
  expect(view.places).toMatchObject([{ runId: "run-a", corpusHash: before.corpusHash }]);
  const { documents } = DocumentList.parse(await get("/runs/run-a/documents"));
  expect(documents.map(({ source }) => source).toSorted()).toEqual([
    "badger.md",
    "mole.md",
    expect.stringMatching(/^otter/),
  ]);
  const { report } = RunReport.parse(await get("/runs/run-a/report"));
  expect(report).toEqual({
    ...before.report,
    kept: before.report.kept - 1,
    forgottenSince: { documents: 1, bytes: new TextEncoder().encode(FILES["heron.md"]).length },
    dropped: { ...before.report.dropped, forgotten: 1 },
    languages: { en: before.report.kept - 1 },
    bytes: {
      ...before.report.bytes,
      kept: before.report.bytes.kept - new TextEncoder().encode(FILES["heron.md"]).length,
      dropped: { ...before.report.bytes.dropped, forgotten: new TextEncoder().encode(FILES["heron.md"]).length },
    },
  });
  const badger = DocumentView.parse(await get(`/documents/${await id("badger.md")}`));
  expect(badger).toMatchObject({
    fate: "kept",
    document: { text: expect.stringContaining("badger of the old bridge") },
  });
  await expect.poll(() => holding("heron of the lower"), PATIENT).toEqual([]);
});

test("forgetting again, and forgetting what nobody knows, changes nothing and is no error", async () => {
  const heron = await id("heron.md");
  const before = await get("/runs/run-a/report");
  expect(await forget(heron, "once more")).toMatchObject({ state: "done" });
  expect(await get("/runs/run-a/report")).toEqual(before);
  expect(DocumentView.parse(await get(`/documents/${heron}`)).places).toHaveLength(1);
  expect(await forget("f".repeat(64))).toMatchObject({ state: "done" });
  await expect.poll(() => host.events.of(EVENTS.documentForgotten).length, PATIENT).toBe(3);
  expect(host.events.of(EVENTS.documentForgotten).map(({ data }) => data.by)).toEqual(["admin", "admin", "admin"]);
});

test("of many documents that are forgotten at a time the database is purged for all once, and none is done before that", async () => {
  const ids = Array.from({ length: 6 }, (_, number) => String(number).repeat(64));
  const [, ...rest] = ids;
  const gates = [0, 1].map(() => ({ reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() }));
  let purges = 0;
  beforePurge = async () => {
    const gate = gates[purges];
    purges += 1;
    gate?.reached.resolve();
    await gate?.opened.promise;
  };
  try {
    await ask(ids[0] as string, "first of many");
    await gates[0]?.reached.promise;
    for (const one of rest) expect((await ask(one, one)).status).toBe(202);
    const told = () => host.events.of(EVENTS.documentForgotten).map(({ data }) => data.documentId);
    await expect.poll(told, PATIENT).toEqual(expect.arrayContaining(ids));
    gates[0]?.opened.resolve();
    await gates[1]?.reached.promise;
    expect(await statesOf(ids)).toEqual(["done", ...rest.map(() => "pending")]);
    gates[1]?.opened.resolve();
    await expect.poll(() => statesOf(ids), PATIENT).toEqual(ids.map(() => "done"));
    const ended = sql`select count(*)::int as count from ingestion.job where kind = 'purge' and state <> 'completed'`;
    await expect.poll(() => rowsOf(host.database.drizzle, ended), PATIENT).toEqual([{ count: 0 }]);
    expect(purges).toBe(2);
  } finally {
    for (const { opened } of gates) opened.resolve();
    beforePurge = async () => {};
  }
  await host.database.drizzle.delete(erasures).where(inArray(erasures.documentId, ids));
});

test("the database is purged although documents are forgotten without end", async () => {
  await host.stop();
  const id = "9".repeat(64);
  await ask(id, "without end");
  // Nobody works, so this one is about to be forgotten for ever. Each look at the clock is 10 s later.
  let lookedAt = Date.now();
  const now = (): number => (lookedAt += 10_000);
  const context = { ...host.ports, now, signal: new AbortController().signal } as unknown as JobContext;
  const job = { project: "default", input: { documentId: "8".repeat(64) } } as Job<unknown>;
  let purges = 0;
  const database = { ...host.database, purge: async () => void purges++ };
  await purgeJob.run(job, { ...context, database });
  expect(purges).toBe(1);
  await host.start();
  await expect.poll(() => statesOf([id]), PATIENT).toEqual(["done"]);
  await host.database.drizzle.delete(erasures).where(eq(erasures.documentId, id));
});

test("a tombstone that is brought back keeps its time and who asked for it", async () => {
  const earlier = { at: "2026-01-02T03:04:05.000Z", by: "grace" };
  const send = (documentId: string, back: object): Promise<Response> => {
    const body = JSON.stringify({ documentId, idempotencyKey: "back", earlier: back });
    return host.request("ingestion", "/api/ingestion/erasures", { method: "POST", body });
  };
  const gone = "e".repeat(64);
  expect(await (await send(gone, earlier)).json()).toMatchObject({ documentId: gone, ...earlier });
  const future = await send("d".repeat(64), { ...earlier, at: "9999-01-01T00:00:00.000Z" });
  expect([future.status, await future.text()]).toEqual([400, expect.stringContaining("a time that is past")]);
  await host.database.drizzle.delete(erasures).where(eq(erasures.documentId, gone));
});

test("of a cluster that loses its representative no excerpt is left, and its copies are still named", async () => {
  const { clusters } = ClusterList.parse(await get("/runs/run-a/clusters"));
  const [cluster] = clusters;
  expect(cluster?.members).toHaveLength(1);
  const alone = ClusterList.parse(await get(`/runs/run-a/clusters?representative=${cluster?.representative}`));
  expect(alone).toEqual({ clusters: [cluster], total: 1 });
  const none = ClusterList.parse(await get(`/runs/run-a/clusters?representative=${cluster?.members[0]?.id}`));
  expect(none).toEqual({ clusters: [], total: 0 });
  await forget(cluster?.representative ?? "none");
  expect(ClusterList.parse(await get("/runs/run-a/clusters"))).toEqual({ clusters: [], total: 0 });
  const { documents } = DroppedList.parse(await get("/runs/run-a/dropped?reason=duplicate"));
  expect(documents).toMatchObject([{ id: cluster?.members[0]?.id, excerpt: "" }]);
  await forget(cluster?.members[0]?.id ?? "none");
  await expect.poll(() => holding("otter of the upper"), PATIENT).toEqual([]);
});

test("a later run over the same source leaves forgotten documents out and says so", async () => {
  await clean("run-b");
  const { report } = await deduplicate("run-b");
  expect(report).toMatchObject({ kept: 2, dropped: { forgotten: 3 } });
  expect(await found("heron+or+otter", "run-b")).toEqual([]);
  const { documents } = DroppedList.parse(await get("/runs/run-b/dropped?reason=forgotten"));
  expect(documents.map(({ source }) => source).toSorted()).toEqual(["heron.md", "otter-copy.md", "otter.md"]);
  expect(await holding("heron of the lower")).toEqual([]);
});

test("what is forgotten between cleaning and deduplication does not reach the corpus, and goes from what was cleaned", async () => {
  await clean("run-c");
  expect(await found("mole", "run-c")).toEqual(["mole.md"]);
  const mole = await id("mole.md");
  await forget(mole);
  expect(await found("mole", "run-c")).toEqual([]);
  expect(await deduplicate("run-c")).toMatchObject({ report: { kept: 1, dropped: { forgotten: 4 } } });
  // It knows that there was such a document, and nothing of it: nobody has to wait for it.
  states.set("run-c", "training");
  await forget(mole, "while it is trained");
  states.delete("run-c");
  await expect.poll(() => holding("mole of the long"), PATIENT).toEqual([]);
});

test("a run that reads the document at the moment is waited for, and only admins forget", async () => {
  const badger = await id("badger.md");
  states.set("run-a", "training");
  const refused = await ask(badger, "too early");
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain("run run-a, which holds it, is training");
  expect(await found("badger", "run-a")).toEqual(["badger.md"]);
  states.set("run-a", "serving");
  expect((await ask(badger, "not mine", { authorization: `Bearer ${OPERATOR_KEY}` })).status).toBe(403);
  const { erasures } = ErasureList.parse(await get("/erasures"));
  expect(erasures.map(({ documentId: of }) => of)).not.toContain(badger);
  expect(erasures).toHaveLength(5);
});

test("a document of the oldest of many corpora is found, and its run is waited for among many", async () => {
  const badger = await id("badger.md");
  const { drizzle } = host.database;
  const [oldest] = await drizzle.select().from(corpora).where(eq(corpora.runId, "run-a"));
  const { corpus, manifest, createdAt } = oldest!;
  // Of 120 later ones, that know nothing.
  const nothing = await artifacts().put(new Uint8Array(), "application/jsonl");
  const later = Array.from({ length: 120 }, (_, at) => `run-later-${at}`);
  const empty = { ...manifest, shards: [], dropped: nothing, corpusHash: "1".repeat(64) };
  const row = { ...oldest!, corpus: { ...corpus, sha256: "2".repeat(64) }, manifest: empty };
  await drizzle.insert(corpora).values(later.map((runId) => ({ ...row, runId, createdAt: createdAt + 1e6 })));
  const view = DocumentView.parse(await get(`/documents/${badger}`));
  expect(view).toMatchObject({
    fate: "kept",
    places: expect.arrayContaining([expect.objectContaining({ runId: "run-a" })]),
  });

  states.set("run-a", "training");
  for (let at = 0; at < 250; at += 1) states.set(`run-later-${at}`, "completed");
  const refused = await ask(badger, "too early again");
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("run run-a, which holds it")]);
  states.clear();
  states.set("run-a", "serving");
  await drizzle.delete(corpora).where(like(corpora.runId, "run-later-%"));
});

test("what is forgotten while a shard is cleaned goes from it when it is done", async () => {
  const badger = await id("badger.md");
  let forgotten: Promise<Erasure> | undefined;
  beforeRead = async () => void (await (forgotten ??= forget(badger)));
  isCollected = false;
  await clean("run-f");
  expect(await forgotten).toMatchObject({ state: "done" });
  expect(await found("badger", "run-f")).toEqual([]);
  await expect.poll(() => holding("badger of the old bridge"), PATIENT).toEqual([]);
});

test("files that held a document go however often the store fails", async () => {
  await rm(join(folder, "docs"), { recursive: true });
  await mkdir(join(folder, "docs"));
  for (const animal of ["stoat", "vole"]) {
    const text = story(animal, `${animal} wood`).replaceAll(
      "third willow",
      `roots of the oak that the ${animal} knows`,
    );
    await writeFile(join(folder, "docs", `${animal}.md`), text);
  }
  isCollected = false;
  await clean("run-g");
  await deduplicate("run-g");
  expect(await holding("stoat of the stoat wood")).not.toEqual([]);
  refusals = 3;
  await forget(await documentId("stoat.md", 0));
  await expect.poll(() => holding("stoat of the stoat wood"), PATIENT).toEqual([]);
  expect(refusals).toBe(0);
});

test("a run that is resumed between the look for it and the tombstone keeps its corpus until its end, and is waited for", async () => {
  const vole = await documentId("vole.md", 0);
  states.set("run-g", "cancelled");
  // Whoever looks finds what was before; then the run goes on.
  const before = states[Symbol.iterator].bind(states);
  states[Symbol.iterator] = () => {
    const seen = [...before()];
    states.set("run-g", "training");
    return seen[Symbol.iterator]();
  };
  expect((await ask(vole, "meanwhile")).status).toBe(202);
  Reflect.deleteProperty(states, Symbol.iterator);
  const erasure = async () => Erasure.parse(await get(`/erasures/${vole}`));
  expect(await erasure()).toMatchObject({
    state: "pending",
    waitsFor: expect.stringContaining("run run-g, which holds it, is training"),
  });
  expect(await found("vole", "run-g")).toEqual(["vole.md"]);
  expect(RunReport.parse(await get("/runs/run-g/report")).erasing).toBe(1);

  states.set("run-g", "serving");
  await expect.poll(erasure, PATIENT).toMatchObject({ state: "done" });
  expect(await found("vole", "run-g")).toEqual([]);
  expect(RunReport.parse(await get("/runs/run-g/report")).erasing).toBeUndefined();
});

test("a forgotten file does not stay or come back in two parts where ends of texts are held out", async () => {
  for (const bird of ["crane", "plover", "ibis"]) {
    const text = story(bird, `${bird} reeds`).replaceAll("third willow", `nest of the swan that the ${bird} knows`);
    await writeFile(join(folder, "docs", `${bird}.md`), `${text}The song of the ${bird} is short.\n`);
  }
  section = { policy: "minimal", split: "position" };
  isCollected = false;
  // One that is forgotten while it is cleaned, and one before documents are compared.
  const [crane, plover] = [await documentId("crane.md", 0), await documentId("plover.md", 0)];
  let forgotten: Promise<Erasure> | undefined;
  beforeRead = async () => void (await (forgotten ??= forget(crane)));
  await clean("run-h");
  await expect.poll(() => found("song+crane", "run-h"), PATIENT).toEqual([]);
  await expect.poll(() => holding("the crane is short"), PATIENT).toEqual([]);
  expect(await found("song+plover", "run-h")).toEqual(["plover.md#2"]);
  await forget(plover);
  expect(await found("plover", "run-h")).toEqual([]);
  expect(await deduplicate("run-h")).toMatchObject({ report: { kept: 2, dropped: { forgotten: 8 } } });
  const { documents } = DroppedList.parse(await get("/runs/run-h/dropped?reason=forgotten"));
  const sources = documents.map(({ source }) => source).toSorted();
  expect(sources).toEqual(["crane", "plover", "stoat", "vole"].flatMap((name) => [`${name}.md`, `${name}.md#2`]));
  await expect.poll(() => holding("the plover is short"), PATIENT).toEqual([]);
});
