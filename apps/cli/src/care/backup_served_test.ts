/** Backups of a folder that is served: of one moment over database, event log and artifacts, whatever is written meanwhile. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fileStore } from "@millrace/artifacts/file";
import { AuditPage, CreatedKey, RuleList } from "@millrace/contracts";
import { freshDatabaseFolder } from "@millrace/database/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Client, connect } from "../client.ts";
import { backUp } from "./backup.ts";
import { tellBackups } from "./known_backups.ts";
import { restore } from "./restore.ts";

const RULES = "/api/automation/rules";
const NEVER = new AbortController().signal;
const MINUTES = 60_000;
const PATIENCE = { timeout: MINUTES };
/** Written beside the backup, at most. */
const MOST = 30;

let folder: string;
let data: string;
let client: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-served-"));
  data = join(folder, "data");
  await mkdir(data);
  await freshDatabaseFolder(join(data, "postgres"));
  client = await connect({ dataDir: data });
});
afterAll(async () => {
  await client.close();
  await rm(folder, { recursive: true });
});

/** Keeps a rule: a row, the recipe as an artifact, and an event that the audit log hears. */
async function keepRule(id: string): Promise<void> {
  const recipe = { name: id, sources: [{ path: folder }] };
  const rule = { id, on: "millrace.model.deployed.v1", when: [], do: "start_run", recipe };
  await client.put(`${RULES}/${id}`, rule, z.unknown());
}

async function rulesOf(of: Client): Promise<string[]> {
  const { rules } = await of.get(RULES, RuleList);
  return rules.filter(({ source }) => source === "own").map(({ id }) => id);
}

/** Opens what was restored of a file. */
async function withRestored(file: string, use: (restored: Client, place: string) => Promise<void>): Promise<void> {
  const place = join(folder, `restored-${crypto.randomUUID()}`);
  await restore(file, place, { erasures: [], tell: () => {} });
  const restored = await connect({ dataDir: place });
  try {
    await use(restored, place);
  } finally {
    await restored.close();
  }
}

function ask(key = client.apiKey): Promise<Response> {
  const headers = { authorization: `Bearer ${key}` };
  return fetch(new URL("/api/registry/backup", client.address), { method: "POST", headers });
}

test(
  "what is restored is of one moment: no write before it is missing, none after it is half there",
  async () => {
    for (const id of ["rule-0", "rule-1", "rule-2"]) await keepRule(id);
    let count = 3;
    const ending = new AbortController();
    const writing = (async () => {
      while (!ending.signal.aborted && count < MOST) await keepRule(`rule-${count++}`);
    })();
    await writeFile(join(data, "notes.txt"), "read me");
    const file = join(folder, "backup.tar.gz");
    const taken: number[] = [];
    const made = await backUp(data, file, Date.now(), (done) => taken.push(done), NEVER);
    expect(taken.at(-1)).toBe((await stat(file)).size);
    ending.abort();
    await writing;
    expect(made).toMatchObject({ file });
    expect(existsSync(join(data, "scratch/backup"))).toBe(false);
    expect(JSON.parse(await readFile(join(data, "backups.json"), "utf8"))).toMatchObject([{ file }]);
    expect(existsSync(`${file}.partial`)).toBe(false);
    // Services go on.
    expect(await rulesOf(client)).toHaveLength(count);
    await withRestored(file, async (restored, place) => {
      expect(await readFile(join(place, "notes.txt"), "utf8")).toBe("read me");
      const found = new Set(await rulesOf(restored));
      expect(found.size).toBeGreaterThanOrEqual(3);
      expect(found).toEqual(new Set(Array.from({ length: found.size }, (_, at) => `rule-${at}`)));
      for (const id of found) {
        expect(await restored.get(`${RULES}/${id}/recipe`, z.object({ name: z.string() }))).toMatchObject({ name: id });
      }
      // Each row's event is in the log, or was handled already.
      const told = async (): Promise<Set<string>> => {
        const { entries } = await restored.get("/api/registry/audit?action=rule.changed&limit=200", AuditPage);
        return new Set(entries.map(({ target }) => target.replace("rule ", "")));
      };
      await expect.poll(told, PATIENCE).toEqual(found);
    });
  },
  3 * MINUTES,
);

test(
  "one backup is made at a time; who goes away leaves nothing behind; what is deleted meanwhile is in it",
  async () => {
    await keepRule("kept");
    // More than sockets hold: a backup whose answer nobody reads is not at its end.
    const large = createHash("shake256", { outputLength: 24 << 20 })
      .update("large")
      .digest();
    await fileStore(join(data, "artifacts")).forProject("default").put(large, "application/octet-stream");
    const { rules } = await client.get(RULES, RuleList);
    const sha256 = rules.find(({ id }) => id === "kept")?.recipe?.artifact.sha256 ?? "";
    const left = await ask();
    expect([left.status, left.headers.get("content-type")]).toEqual([200, "application/gzip"]);
    const second = await ask();
    expect([second.status, await second.json()]).toMatchObject([409, { error: { code: "conflict" } }]);
    await left.body?.cancel();
    await expect.poll(() => existsSync(join(data, "scratch/backup")), PATIENCE).toBe(false);

    const response = await ask();
    const artifact = join(data, "artifacts/default", sha256.slice(0, 2), sha256);
    const content = await readFile(artifact);
    await rm(artifact);
    const packed = gunzipSync(await response.arrayBuffer());
    await writeFile(artifact, content);
    expect(packed.includes(content)).toBe(true);
  },
  2 * MINUTES,
);

test("a backup is for the key of the installation alone, since all projects and keys are in it", async () => {
  const body = { name: "noether", role: "admin", scopes: ["admin", "read"], expiresAt: null };
  const { secret } = await client.post("/api/registry/keys", body, CreatedKey);
  const refused = await ask(secret);
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: "forbidden" } }]);
  const acts = async (action: string) =>
    (await client.get(`/api/registry/audit?action=backup.${action}`, AuditPage)).entries;
  expect((await acts("made"))[0]).toMatchObject({ actor: "local", target: "data folder" });
  const [made, begun] = [await acts("made"), await acts("begun")];
  await (await ask()).body?.cancel();
  await expect.poll(() => existsSync(join(data, "scratch/backup")), PATIENCE).toBe(false);
  expect(await acts("begun")).toHaveLength(begun.length + 1);
  expect(await acts("made")).toHaveLength(made.length);
});

test(
  "what is forgotten while a backup is made is told beside it, and one that failed is not known",
  async () => {
    const file = join(folder, "under-way.tar.gz");
    const draft = `${file}.partial`;
    const erasure = { documentId: "d".repeat(64), state: "done", by: "admin", at: "2026-01-01T00:00:00.000Z" } as const;
    const busy = await ask();
    await expect(backUp(data, file, Date.now(), () => {}, NEVER)).rejects.toThrow("another backup is being made");
    await busy.body?.cancel();
    await expect.poll(() => existsSync(join(data, "scratch/backup")), PATIENCE).toBe(false);
    await expect(backUp(data, join(folder, "nowhere/backup.tar.gz"), Date.now(), () => {}, NEVER)).rejects.toThrow(
      "there is no folder",
    );
    expect((await tellBackups(data, erasure)).missing).toEqual([]);
    await expect.poll(() => existsSync(join(data, "scratch/backup")), PATIENCE).toBe(false);

    await backUp(data, file, Date.now(), () => {}, NEVER);
    await writeFile(draft, await readFile(file));
    await rm(file);
    expect((await tellBackups(data, erasure)).told).toContain(file);
    expect(await readFile(`${file}.erasures.jsonl`, "utf8")).toBe(`${JSON.stringify(erasure)}\n`);
  },
  2 * MINUTES,
);
