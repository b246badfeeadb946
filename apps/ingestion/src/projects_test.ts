/** A key of one project neither reads anything of another nor learns that it is there. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClusterList,
  CorpusManifest,
  type DocumentList,
  EVENTS,
  Recipe,
  SearchResults,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { anyOf, apiKeys, hashApiKey, newApiKey } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "./adapters/node_files.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";
import { createIngestion } from "./service.ts";
import { offlineBases } from "./testing/offline_bases.ts";

const OTHER_KEY = newApiKey();
let host: TestHost;
let folder: string;
let theirs: { manifest: CorpusManifest; recipe: string; plan: string; corpus: string };

const SECRET =
  "The otter of the upper pond sleeps under the third willow and is seen at dawn when the sluice is shut. ";
const OWN = "The miller of the lower ford opens the gate at noon and lets the water run down the race to the wheel. ";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-projects-"));
  for (const [name, text] of [
    ["theirs", SECRET],
    ["ours", OWN],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "a.md"), text.repeat(3));
    await writeFile(join(folder, name, "b.md"), text.repeat(3));
    await writeFile(join(folder, name, `only-${name}.md`), `A note that is ${name} alone. ${text.toUpperCase()}`);
    await writeFile(join(folder, name, "c.md.gz"), "no gzip");
  }
  const keyHash = await hashApiKey(OTHER_KEY);
  const other = { name: "other", project: "other", role: "admin" } as const;
  host = await testHost({
    services: (openPorts, access) => [
      createIngestion(
        openPorts,
        {
          ...access,
          authenticate: anyOf(
            access.authenticate,
            apiKeys(async (hash) => (hash === keyHash ? other : undefined)),
          ),
        },
        { files: nodeFiles(), bases: offlineBases, cleaner: inProcessCleaner() },
      ),
    ],
    migrations: { ingestion: await readMigrations("ingestion") },
  });
  await host.start();
  theirs = await ingest("other", "run-theirs", "theirs");
  await ingest("default", "run-ours", "ours");
  // A run may have the same id in both.
  await ingest("other", "run-both", "theirs");
  await ingest("default", "run-both", "ours");
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function ingest(project: string, runId: string, name: string) {
  const artifacts = host.artifacts.forProject(project);
  const written = { name, sources: [{ path: join(folder, name) }], corpus: { policy: "minimal" } };
  const bytes = new TextEncoder().encode(JSON.stringify(Recipe.parse(written)));
  const recipe = await artifacts.put(bytes, "application/json");
  const common = { runId, attempt: 1, recipe };
  const envelope = { correlationid: runId, project };
  const key = `${project} ${runId}`;
  const isOurs = ({ project: of, data }: { project: string; data: { runId: string } }): boolean =>
    of === project && data.runId === runId;
  await host.publish(`${key} collect`, EVENTS.corpusCollect, common, envelope);
  const { plan } = (await host.events.until(EVENTS.corpusCollected, isOurs)).data;
  await host.publish(`${key} clean`, EVENTS.corpusClean, { ...common, plan }, envelope);
  await host.events.until(EVENTS.corpusCleaned, isOurs);
  await host.publish(`${key} deduplicate`, EVENTS.corpusDeduplicate, common, envelope);
  const { corpus } = (await host.events.until(EVENTS.corpusDeduplicated, isOurs)).data;
  const manifest = CorpusManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(corpus.sha256))));
  return { manifest, recipe: recipe.sha256, plan: plan.sha256, corpus: corpus.sha256 };
}

async function ask(path: string, key?: string): Promise<{ status: number; body: string }> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await host.request("ingestion", `/api/ingestion${path}`, { headers });
  return { status: response.status, body: await response.text() };
}

const json = async <Value>(path: string, key?: string): Promise<Value> =>
  JSON.parse((await ask(path, key)).body) as Value;

test.each([
  "report",
  "dropped",
  "dropped?reason=quarantined",
  "documents",
  "documents?under=a.md",
  "clusters",
  "sources",
])("runs/:run/%s of another project answers as for a run that nobody has", async (what) => {
  expect((await ask(`/runs/run-theirs/${what}`, OTHER_KEY)).status).toBe(200);
  const foreign = await ask(`/runs/run-theirs/${what}`);
  const missing = await ask(`/runs/run-nobody/${what}`);
  expect(withoutTrace(foreign.body).replaceAll("run-theirs", "run-nobody")).toBe(withoutTrace(missing.body));
  expect(foreign.status).toBe(missing.status);
  expect(foreign.body).not.toMatch(/otter|willow|only-theirs/);
});

/** Each error names the trace of its own request. */
function withoutTrace(body: string): string {
  return body.replaceAll(/"trace_?id":\s*"[^"]*"/gi, "");
}

test("clusters/:representative and documents/:id of another project answer as for one that nobody has", async () => {
  const { clusters } = await json<ClusterList>("/runs/run-theirs/clusters", OTHER_KEY);
  const { documents } = await json<DocumentList>("/runs/run-theirs/documents", OTHER_KEY);
  const representative = clusters[0]?.representative ?? expect.fail("found no cluster");
  const alone = documents.find(({ source }) => source === "only-theirs.md")?.id ?? expect.fail("found no document");
  const nobody = "0".repeat(64);
  for (const [path, id] of [
    [`/documents/`, alone],
    [`/runs/run-theirs/clusters/`, representative],
  ] as const) {
    expect((await ask(path + id, OTHER_KEY)).status).toBe(200);
    const foreign = await ask(path + id);
    const missing = await ask(path.replace("theirs", "nobody") + nobody);
    const named = foreign.body.replaceAll(id, nobody).replaceAll("run-theirs", "run-nobody");
    expect(withoutTrace(named)).toBe(withoutTrace(missing.body));
    expect(foreign.status).toBe(404);
  }
});

test("a document of one path in both projects is each one's own", async () => {
  const { documents } = await json<DocumentList>("/runs/run-theirs/documents", OTHER_KEY);
  const both = documents.find(({ source }) => source === "a.md" || source === "b.md")?.id;
  expect((await ask(`/documents/${both}`, OTHER_KEY)).body).toContain("otter");
  const own = await ask(`/documents/${both}`);
  expect(own.status).toBe(200);
  expect(own.body).toContain("miller");
  expect(own.body).not.toMatch(/otter|run-theirs/);
});

const hits = async (query: string, key?: string): Promise<SearchResults> =>
  SearchResults.parse(await json(`/search?${query}`, key));

test("search finds nothing of another project, by its run, without a run, or by what only it says", async () => {
  expect((await hits("q=otter&run=run-theirs", OTHER_KEY)).total).toBe(2);
  for (const query of ["q=otter", "q=otter&run=run-both"]) {
    expect(await hits(query)).toMatchObject({ total: 0, results: [] });
  }
  expect((await ask("/search?q=otter&run=run-theirs")).status).toBe(404);
  expect((await hits("q=miller")).runId).toBe("run-both");
});

test("a run id that both projects have is two runs", async () => {
  const [ours, others] = [await json("/runs/run-both/documents"), await json("/runs/run-both/documents", OTHER_KEY)];
  expect(JSON.stringify(ours)).toMatch(/only-ours/);
  expect(JSON.stringify(ours)).not.toMatch(/only-theirs/);
  expect(JSON.stringify(others)).toMatch(/only-theirs/);
});

test("no artifact of another project is there, by its hash", async () => {
  const { manifest } = theirs;
  const [shard] = manifest.shards;
  const hashes = [
    theirs.recipe,
    theirs.plan,
    theirs.corpus,
    manifest.dropped.sha256,
    shard?.documents.sha256 ?? "",
    shard?.index.sha256 ?? "",
    manifest.lists?.documents.sha256 ?? "",
    manifest.lists?.clusters.sha256 ?? "",
  ];
  const [own, other] = [host.artifacts.forProject("default"), host.artifacts.forProject("other")];
  for (const hash of hashes) {
    expect(await other.has(hash)).toBe(true);
    expect(await own.has(hash)).toBe(false);
    await expect(own.range(hash, 0, 1)).rejects.toThrow("not found");
  }
});

test("a command that names another project's artifacts by hash fails as for artifacts that nobody has", async () => {
  const errors: string[] = [];
  for (const sha256 of [theirs.recipe, "0".repeat(64)]) {
    const runId = `run-by-${sha256.slice(0, 8)}`;
    const recipe = { sha256, sizeBytes: 100, mediaType: "application/json" };
    await host.publish(runId, EVENTS.corpusCollect, { runId, attempt: 1, recipe }, { correlationid: runId });
    const failed = await host.events.until(EVENTS.stageFailed, ({ data }) => data.runId === runId);
    expect(failed.project).toBe("default");
    errors.push(failed.data.error.message.replaceAll(sha256, "<hash>"));
  }
  expect(errors[0]).toBe(errors[1]);
  expect(errors[0]).toContain('of project "default": not found');
});
