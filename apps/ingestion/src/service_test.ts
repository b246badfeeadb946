import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  ClusterList,
  ClusterPair,
  CorpusManifest,
  DocumentList,
  DocumentView,
  DroppedList,
  EVENTS,
  Recipe,
  RunReport,
  SearchResults,
  SourceBreakdown,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { cleaningThreads } from "./adapters/cleaning_threads.ts";
import { nodeFiles } from "./adapters/node_files.ts";
import { createIngestion } from "./service.ts";
import { offlineBases } from "./testing/offline_bases.ts";

let host: TestHost;
const cleaner = cleaningThreads(2);
let folder: string;
let attempt = 0;

const MILL = `# The mill at the ford

A mill stands where the stream is narrow and the bank is firm. The miller opens the sluice in the morning, and the water that was kept
back in the night runs down the race and turns the wheel. When the grain is dry the stones run quickly, and when it is damp they have
to be lifted a little, or the flour sticks and grows warm.

There is a rule for the water that all mills on this stream have agreed on. The upper mill opens first, because its pond is the
smallest; the lower mills wait until the water has come down to them.
`;
const LETTER = `Dear colleagues, thank you for the drawings of the new sluice. I have shown them to the carpenter, who would like
to have the gate a hand wider than it is drawn. If you have questions you can write to jo@example.org or call the office at noon.
The second matter is the board at the bridge. Somebody has written new hours on it, and nobody knows who it was.
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-ingestion-"));
  await mkdir(join(folder, "docs/sub"), { recursive: true });
  const files: Record<string, string | Uint8Array> = {
    "mill.md": MILL,
    "sub/mill-copy.md": MILL,
    "sub/mill-near.md": MILL.replace("in the morning", "at sunrise"),
    "letter.txt": LETTER,
    "old.md.gz": gzipSync(
      LETTER.replaceAll("board", "bell")
        .replaceAll("sluice", "weir")
        .replaceAll("carpenter", "smith")
        .replaceAll("drawings", "plans of the old house by the pond")
        .concat("\n水車は川の流れで回る。雨の多い日には粉屋が水門を閉じる。\n"),
    ),
    "broken.md.gz": "this is no gzip",
    "binary.txt": Uint8Array.from({ length: 600 }, (_, at) => (at * 7) % 256),
    "empty.md": "",
    "short.md": "Too short.",
    "large.txt": "x".repeat(20_000),
    "records.jsonl": `${JSON.stringify({ text: LETTER.replaceAll("new", "next") + MILL })}\nnot JSON\n`,
    "hostile.html": "<div>".repeat(1000),
    "picture.png": "not looked at",
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, "docs", name), content);
  await writeFile(join(folder, "secret.md"), MILL);
  await symlink(join(folder, "secret.md"), join(folder, "docs/link.md"));
  host = await testHost({
    services: (openPorts, access) => [
      createIngestion(openPorts, access, { files: nodeFiles(), bases: offlineBases, cleaner }),
    ],
    migrations: { ingestion: await readMigrations("ingestion") },
  });
  await host.start();
});
afterAll(async () => {
  await host.close();
  await cleaner.close();
  await rm(folder, { recursive: true });
});

const artifacts = () => host.artifacts.forProject("default");
const get = async (path: string): Promise<Response> => host.request("ingestion", `/api/ingestion${path}`);

/** Asks for the three stages one after the other, as automation does. */
async function ingest(runId: string, overrides: object = {}): Promise<CorpusManifest> {
  const written = {
    name: "docs",
    sources: [{ path: join(folder, "docs") }],
    corpus: { maxDocumentBytes: 10_000 },
    ...overrides,
  };
  const recipe = await artifacts().put(
    new TextEncoder().encode(JSON.stringify(Recipe.parse(written))),
    "application/json",
  );
  const common = { runId, attempt: (attempt += 1), recipe };
  const envelope = { correlationid: runId };
  await host.publish(`${runId} collect`, EVENTS.corpusCollect, common, envelope);
  const { plan } = (await host.events.until(EVENTS.corpusCollected, ({ data }) => data.runId === runId)).data;
  await host.publish(`${runId} clean`, EVENTS.corpusClean, { ...common, plan }, envelope);
  await host.events.until(EVENTS.corpusCleaned, ({ data }) => data.runId === runId);
  await host.publish(`${runId} deduplicate`, EVENTS.corpusDeduplicate, common, envelope);
  const { corpus } = (await host.events.until(EVENTS.corpusDeduplicated, ({ data }) => data.runId === runId)).data;
  return CorpusManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts().bytes(corpus.sha256))));
}

let manifest: CorpusManifest;

test("a folder becomes a corpus, and the fate of each file is counted", async () => {
  manifest = await ingest("run-a");
  const { report } = manifest;
  // mill, letter, old and the record stay; two copies of mill; empty and short are left out; the rest cannot be read.
  expect(report).toMatchObject({
    read: 13,
    kept: 4,
    duplicates: 2,
    quarantined: 5,
    dropped: { empty: 1 },
    redactions: { EMAIL_ADDRESS: 3 },
  });
  expect(Object.values(report.dropped).reduce((sum, count) => sum + count, 0)).toBe(2);
  expect(report.read).toBe(report.kept + report.duplicates + report.quarantined + 2);
  const { documents } = DroppedList.parse(await (await get("/runs/run-a/dropped")).json());
  const reasons = new Map(documents.map(({ source, reasons: [reason] }) => [source, reason?.code]));
  expect(reasons.get("large.txt")).toBe("too_large");
  expect(reasons.get("hostile.html")).toBe("too_complex");
  expect(reasons.get("binary.txt")).toBe("binary_content");
  expect(reasons.get("records.jsonl#2")).toMatch(/json/);
  expect(reasons.get("broken.md.gz")).toMatch(/gzip/);
  const unread = DroppedList.parse(await (await get("/runs/run-a/dropped?reason=quarantined")).json());
  expect(unread.total).toBe(report.quarantined);
  expect([...reasons.keys()].join()).not.toMatch(/link|secret|picture/);
});

test("the same files in another run, and a stage asked for twice, make the same corpus", async () => {
  const again = await ingest("run-b");
  expect(again).toEqual(manifest);
  const before = host.events.of(EVENTS.corpusDeduplicated).length;
  await ingest("run-b");
  expect(host.events.of(EVENTS.corpusDeduplicated).length).toBeGreaterThanOrEqual(before);
  const { report, final } = RunReport.parse(await (await get("/runs/run-b/report")).json());
  expect({ report, final }).toEqual({ report: manifest.report, final: true });
  expect(report.skipped).toEqual({ types: { ".png": 1 }, links: 1, special: 0 });
});

test("documents, clusters and single documents can be looked at, masked", async () => {
  const { documents } = DocumentList.parse(await (await get("/runs/run-a/documents")).json());
  // Of the three texts about the mill, the one with the least id stands for all.
  const sources = documents.map(({ source }) => source).sort();
  expect(sources).toEqual(["letter.txt", "old.md.gz", "records.jsonl", expect.stringMatching(/mill/)]);
  const { clusters } = ClusterList.parse(await (await get("/runs/run-a/clusters")).json());
  expect(clusters).toHaveLength(1);
  expect(clusters[0]).toMatchObject({ copies: 2, source: expect.stringMatching(/mill/) });
  expect(clusters[0]?.members).toHaveLength(2);
  const letter = documents.find(({ source }) => source === "letter.txt");
  const view = DocumentView.parse(await (await get(`/documents/${letter?.id}`)).json());
  expect(view.fate).toBe("kept");
  expect(view.places.map(({ runId }) => runId).sort()).toEqual(["run-a", "run-b"]);
  const corpus = view.places[0]?.corpusHash ?? "";
  const inOne = DocumentView.parse(await (await get(`/documents/${letter?.id}?corpus=${corpus}`)).json());
  expect(inOne).toEqual({ ...view, places: view.places.filter(({ corpusHash }) => corpusHash === corpus) });
  expect((await get(`/documents/${letter?.id}?corpus=${"0".repeat(64)}`)).status).toBe(404);
  if (view.fate !== "kept") return;
  const [mask] = view.document.redactions;
  expect(view.document.text.slice(mask?.start, mask?.end)).toBe("<EMAIL_ADDRESS>");
  const copy = DocumentView.parse(await (await get(`/documents/${clusters[0]?.members[0]?.id}`)).json());
  expect(copy).toMatchObject({
    fate: "dropped",
    document: { stage: "deduplicate", duplicateOf: clusters[0]?.representative },
  });
  expect((await get("/documents/nobody")).status).toBe(404);
});

test("two members of a cluster can be compared, whole", async () => {
  const [cluster] = ClusterList.parse(await (await get("/runs/run-a/clusters")).json()).clusters;
  const of = `/runs/run-a/clusters/${cluster?.representative}`;
  for (const member of cluster?.members ?? []) {
    const pair = ClusterPair.parse(await (await get(`${of}?with=${member.id}`)).json());
    expect([pair.representative.source, pair.member.source]).toEqual([cluster?.source, member.source]);
    const texts = [pair.representative, pair.member].map(({ text }) => text.replace("at sunrise", "in the morning"));
    expect(texts[0]).toContain("lower mills wait");
    expect(texts[0]).toBe(texts[1]);
  }
  expect((await get(`${of}?with=nobody`)).status).toBe(404);
  expect((await get("/runs/run-a/clusters/nobody")).status).toBe(404);
});

test("a corpus is broken down by folder and licence, and each part leads to its documents", async () => {
  const sources = [
    { path: join(folder, "docs/sub"), licence: "CC0-1.0" },
    { path: join(folder, "docs/letter.txt") },
    { path: join(folder, "docs/short.md") },
  ];
  const { report } = await ingest("run-sources", { sources });
  const top = SourceBreakdown.parse(await (await get("/runs/run-sources/sources")).json());
  expect(top.under).toBe("");
  expect(top.entries.map(({ path, kind }) => [path, kind])).toEqual([
    ["sub", "folder"],
    ["letter.txt", "file"],
    ["short.md", "file"],
  ]);
  const total = (fate: "kept" | "dropped") => top.entries.reduce((sum, entry) => sum + entry[fate].documents, 0);
  expect([total("kept"), total("dropped")]).toEqual([report.kept, report.read - report.kept]);
  expect(top.licences.map(({ licence, documents }) => [licence, documents])).toEqual([
    ["CC0-1.0", 1],
    [null, 1],
  ]);
  const inside = SourceBreakdown.parse(await (await get("/runs/run-sources/sources?under=sub")).json());
  expect([inside.under, inside.entries.length]).toEqual(["sub", 2]);
  const list = async (query: string): Promise<string[]> =>
    DocumentList.parse(await (await get(`/runs/run-sources/documents?${query}`)).json()).documents.map(
      ({ source }) => source,
    );
  expect(await list("under=letter.txt")).toEqual(["letter.txt"]);
  const root = join(await realpath(folder), "docs");
  const at = (path: string): Promise<string[]> => list(new URLSearchParams({ under: path }).toString());
  expect(await at(join(root, "letter.txt"))).toEqual(["letter.txt"]);
  expect(await at(root)).toEqual(await list(""));
  expect(await at(`${root}-other/letter.txt`)).toEqual([]);
  expect(await list("licence=")).toEqual(["letter.txt"]);
  expect(await list("licence=CC0-1.0")).toEqual([expect.stringMatching(/^sub\//)]);
  const left = DroppedList.parse(await (await get("/runs/run-sources/dropped?under=sub")).json());
  expect(left).toMatchObject({ total: 1, documents: [{ stage: "deduplicate" }] });
  expect((await get("/runs/nothing/sources")).status).toBe(404);
});

test("documents and what was left out come in pages, each id once, with the same total on every page", async () => {
  for (const [list, most, total] of [
    ["documents", manifest.report.kept, manifest.report.kept],
    ["dropped", 3, 2 + 2 + manifest.report.quarantined],
  ] as const) {
    const seen: string[] = [];
    for (let after = ""; ;) {
      const page = await (await get(`/runs/run-a/${list}?limit=2${after && `&after=${after}`}`)).json();
      const { documents, total: told } = z
        .looseObject({ documents: z.array(z.looseObject({ id: z.string() })), total: z.number() })
        .parse(page);
      expect(told).toBe(total);
      if (documents.length === 0) break;
      expect(documents.length).toBeLessThanOrEqual(2);
      seen.push(...documents.map(({ id }) => id));
      after = seen.at(-1) ?? "";
    }
    expect(seen.length).toBeGreaterThanOrEqual(most);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toHaveLength(total);
  }
});

test("search finds passages with their hits, not the duplicates, and takes any query", async () => {
  const found = SearchResults.parse(await (await get("/search?q=pond+smallest&run=run-a")).json());
  expect(found.results.map(({ source }) => source).sort()).toEqual(expect.arrayContaining(["records.jsonl"]));
  expect(found.results.filter(({ source }) => source.includes("mill"))).toHaveLength(1);
  const [first] = found.results;
  expect(first?.hits.map(({ start, end }) => first.passage.slice(start, end).toLowerCase())).toContain("pond");
  for (const query of ["'; drop table ingestion.passage; --", '"', "-", "( & |", "%00"]) {
    expect((await get(`/search?q=${encodeURIComponent(query)}`)).status).toBe(200);
  }
  expect((await get("/search?q=a&limit=0")).status).toBe(400);
  for (const nothing of ["", "?q=", "?q=%20"]) expect((await get(`/search${nothing}`)).status).toBe(400);
  const unspaced = async (query: string) =>
    SearchResults.parse(await (await get(`/search?q=${encodeURIComponent(query)}&run=run-a`)).json());
  const { results, total } = await unspaced('"水門" 川');
  expect(
    results.map(({ source, hits, passage }) => [source, hits.map(({ start, end }) => passage.slice(start, end))]),
  ).toEqual([["old.md.gz", ["川", "水門"]]]);
  expect(total).toBe(1);
  expect((await unspaced("水門 otter")).total).toBe(0);
  expect((await unspaced("水門 -川")).total).toBe(0);
  expect((await unspaced("pond -水門")).total).toBeGreaterThan(0);
  const nowhere = await get("/search?q=pond&run=run-nope");
  expect([nowhere.status, await nowhere.text()]).toEqual([404, expect.stringContaining('searching run \\"run-nope')]);
  expect((await get(`/search?q=${"a".repeat(501)}`)).status).toBe(400);
});

test("a file that changes after the list was frozen is set aside", async () => {
  const docs = join(folder, "changing");
  await mkdir(docs);
  await writeFile(join(docs, "a.md"), MILL);
  await writeFile(join(docs, "b.md"), LETTER);
  const recipe = await artifacts().put(
    new TextEncoder().encode(JSON.stringify(Recipe.parse({ name: "c", sources: [{ path: docs }] }))),
    "application/json",
  );
  const common = { runId: "run-c", attempt: 1, recipe };
  await host.publish("c collect", EVENTS.corpusCollect, common, { correlationid: "run-c" });
  const { plan } = (await host.events.until(EVENTS.corpusCollected, ({ data }) => data.runId === "run-c")).data;
  await writeFile(join(docs, "b.md"), `${LETTER} And more.`);
  await host.publish("c clean", EVENTS.corpusClean, { ...common, plan }, { correlationid: "run-c" });
  await host.events.until(EVENTS.corpusCleaned, ({ data }) => data.runId === "run-c");
  const { documents } = DroppedList.parse(await (await get("/runs/run-c/dropped")).json());
  expect(documents.map(({ source, reasons: [reason] }) => [source, reason?.code])).toEqual([["b.md", "changed"]]);
});

test.each([
  ["run-missing", { sources: [{ path: "/nowhere/at/all" }] }, "no_documents"],
  ["run-nothing", { sources: [{ path: "/dev/null" }] }, "no_documents"],
])("%s fails at once, in words for the user", async (runId, overrides, code) => {
  const written = { name: "docs", ...overrides };
  const recipe = await artifacts().put(
    new TextEncoder().encode(JSON.stringify(Recipe.parse(written))),
    "application/json",
  );
  await host.publish(runId, EVENTS.corpusCollect, { runId, attempt: 1, recipe }, { correlationid: runId });
  const failed = await host.events.until(EVENTS.stageFailed, ({ data }) => data.runId === runId);
  expect(failed.data.error.code).toBe(code);
});
