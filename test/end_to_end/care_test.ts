/** Commands that look after what is kept, in real processes beside the one that serves the folder. */
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileStore } from "@millrace/artifacts/file";
import { DocumentView, GarbageReport, type SearchResults, VerbatimSpans } from "@millrace/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Message, millrace, ROOT, type Running, TINY } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;

const Completion = z.looseObject({ object: z.string() });

let folder: string;
let owner: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-care-"));
  await newDataFolder(join(folder, "data"));
  owner = millrace(["run", TINY, "--json", "--set", "train.steps=60", ...data()]);
  expect(await owner.until(({ kind }) => kind === "summary"), owner.errors()).toMatchObject({ state: "serving" });
}, 5 * MINUTES);
afterAll(async () => {
  await stopOwner();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

async function stopOwner(): Promise<void> {
  owner.process.kill("SIGINT");
  await owner.ended();
}

function data(): string[] {
  return ["--data-dir", join(folder, "data")];
}

/** Runs a command to its end: exit code, the JSON objects it printed, what it said and complained of. */
async function ask(...args: readonly string[]) {
  const running = millrace([...args, ...data()]);
  const code = await running.ended();
  const { messages } = running;
  return { code, messages, answer: messages.at(-1) as Message, text: running.text(), errors: running.errors() };
}

/** What the services answer, as the key of the folder. */
async function fetched<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  body?: object,
): Promise<z.infer<Schema>> {
  const [{ address }, { apiKey }] = await Promise.all(
    ["owner.json", "secrets.json"].map(async (name) => JSON.parse(await readFile(join(folder, "data", name), "utf8"))),
  );
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(new URL(path, address), { headers, ...sent });
  return schema.parse(await response.json());
}

async function searched(words: string): Promise<SearchResults["results"]> {
  const { answer } = await ask("search", words, "--json");
  return answer["results"] as SearchResults["results"];
}

/** Files of a folder whose bytes hold a text. */
async function holding(text: string, below: string): Promise<string[]> {
  const found = await readdir(join(folder, below), { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const held = await Promise.all(files.map(async (file) => ((await readFile(file)).includes(text) ? [file] : [])));
  return held.flat();
}

async function talk(...args: readonly string[]) {
  const running = millrace(["chat", ...args, ...data()], ROOT, {}, "The mill\n");
  const code = await running.ended();
  return { code, text: running.text(), errors: running.errors(), messages: running.messages };
}

test(
  "chat continues the text of a pipe, says that the version only continues, and refuses a system message",
  async () => {
    const sampling = ["--max-tokens", "8", "--temperature", "1", "--seed", "3"];
    const said = await talk("tiny", "--json", ...sampling);
    expect(said.code, said.errors).toBe(0);
    expect(said.messages).toMatchObject([{ model: "tiny", mode: "completion", text: expect.stringMatching(/[^]/) }]);
    expect(said.errors).toContain("tiny has no chat template: it continues what you write");
    const again = await talk(...sampling);
    expect(again.text.trim()).toBe(String(said.messages[0]?.["text"]).trim());
    const refused = await talk("tiny", "--system", "Be brief.");
    expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining("takes no system message")]);
    const unknown = await talk("nobodys");
    expect([unknown.code, unknown.errors]).toEqual([1, expect.stringContaining('"nobodys": served are tiny, tiny@1')]);
    expect((await talk("tiny", "--temperature", "3")).code).toBe(2);
  },
  2 * MINUTES,
);

describe("forget", () => {
  test(
    "tells first what it would touch, then takes the document out, and a later run leaves it out",
    async () => {
      const [hit] = await searched("letters");
      const { documentId: id, source } = hit ?? expect.fail("search found nothing");

      const looked = await ask("forget", id, "--dry-run", "--json");
      expect(looked.code, looked.errors).toBe(0);
      expect(looked.answer).toMatchObject({
        trace: { document: { fate: "kept", document: { source } }, versions: [{ name: "tiny@1", served: true }] },
        deployments: [{ model: "tiny", version: 1, state: "live", percent: 100 }],
        erasure: null,
      });
      expect((await searched("letters")).map(({ documentId }) => documentId)).toContain(id);

      const view = await fetched(`/api/ingestion/documents/${id}`, DocumentView);
      const quoted = { model: "tiny@1", text: "text" in view.document ? view.document.text.slice(0, 200) : "" };
      const before = await fetched("/api/feature/verbatim", VerbatimSpans, quoted);
      expect(before.spans.flatMap(({ documents }) => documents)).toContainEqual(expect.objectContaining({ id }));

      const { code, errors, text } = await ask("forget", id, "--yes");
      expect(code, errors).toBe(0);
      expect(text).toContain(`Forgotten: ${id}`);
      expect(text).toContain("tiny@1 of");
      expect(text).toContain("it answers now; run its recipe again");
      expect((await searched("letters")).map(({ documentId }) => documentId)).not.toContain(id);
      const seen = await ask("forget", id, "--dry-run");
      expect(seen.text).toMatch(/corpus \S+ of \S+: held it, and does not any more/);
      const traced = await ask("trace", id, "--json");
      expect(traced.answer).toMatchObject({
        document: { fate: "dropped", document: { reasons: [{ code: "forgotten" }], excerpt: "" } },
        versions: [{ name: "tiny@1" }],
      });

      const after = await fetched("/api/feature/verbatim", VerbatimSpans, quoted);
      expect(after.spans.flatMap(({ documents }) => documents)).toContainEqual({ state: "erased" });
      expect(JSON.stringify(after.spans)).not.toContain(id);
      expect(JSON.stringify(after.spans)).not.toContain(source);

      const again = await ask("run", TINY, "--once", "--json", "--set", "train.enabled=false");
      expect(again.code, again.errors).toBe(0);
      expect(again.messages.find(({ kind }) => kind === "summary")).toMatchObject({
        documents: { dropped: { forgotten: 1 } },
      });
      const { messages } = await ask("forget", "--list");
      expect(messages).toMatchObject([{ documentId: id, state: "done", by: "local" }]);
    },
    3 * MINUTES,
  );

  test.each([
    [1, /no corpus of this project knows it/, ["forget", "0".repeat(64), "--yes"]],
    [2, /expected a document's id of 64 hexadecimal digits/, ["forget", "nobody", "--yes"]],
    [2, /there is nobody to ask; add --yes/, ["forget", "0".repeat(64)]],
    [2, /expected a document's id, --list or --from/, ["forget"]],
    [2, /reading erasures: .*nowhere/, ["forget", "--from", "nowhere.jsonl", "--yes"]],
  ])("exit code %d, and why: %s for %j", async (wanted, why, args) => {
    const { code, errors } = await ask(...args);
    expect(code).toBe(wanted);
    expect(errors).toMatch(why);
  });
});

describe("gc", () => {
  test(
    "deletes what an old run has left, and nothing that anybody needs",
    async () => {
      const artifacts = fileStore(join(folder, "data", "artifacts")).forProject("default");
      const orphan = await artifacts.put(new TextEncoder().encode('{"of":"nobody"}'), "application/json");
      const before = await Array.fromAsync(artifacts.list());
      // All are as old as two days, and so are their manifests.
      for (const { sha256 } of before) {
        const file = join(folder, "data", "artifacts", "default", sha256.slice(0, 2), sha256);
        for (const path of [file, `${file}.chunks.json`])
          await utimes(path, new Date(), Date.now() / 1000 - 2 * 86_400);
      }
      const blobs = join(folder, "data/scratch/ingestion/hub/huggingface.co/models--millers--old/blobs");
      await mkdir(blobs, { recursive: true });
      await writeFile(join(blobs, "a"), "weights");
      await utimes(join(blobs, "a"), new Date(), Date.now() / 1000 - 2 * 86_400);
      const looked = await ask("gc", "--dry-run", "--json");
      expect(looked.code, looked.errors).toBe(0);
      expect(looked.answer).toMatchObject({ deleted: false, young: { artifacts: 0 } });
      const kinds = looked.answer["garbage"] as { kind: string; artifacts: number; bytes: number }[];
      expect(kinds).toContainEqual(expect.objectContaining({ kind: "JSON" }));
      expect(kinds).toContainEqual({ kind: "base model of a hub", artifacts: 1, bytes: 7 });
      expect(await Array.fromAsync(artifacts.list())).toHaveLength(before.length);

      const { code, text, errors } = await ask("gc");
      expect(code, errors).toBe(0);
      expect(text).toMatch(/deleted: JSON +\d+ artifacts +\d+ bytes/);
      expect(text).toMatch(/deleted: base model of a hub +1 artifacts +7 bytes/);
      const left = await Array.fromAsync(artifacts.list());
      // The file of the hub is no artifact.
      expect(before.length - left.length).toBe(kinds.reduce((sum, one) => sum + one.artifacts, -1));
      expect(left.map(({ sha256 }) => sha256)).not.toContain(orphan.sha256);

      const verified = await ask("verify", "tiny@1", "--json");
      expect(verified.answer, verified.errors).toMatchObject({ verdict: "same" });
      const completion = { model: "tiny@1", prompt: "The mill", max_tokens: 4 };
      expect(await fetched("/v1/completions", Completion, completion)).toMatchObject({ object: "text_completion" });
    },
    3 * MINUTES,
  );

  test(
    "again and again during a run, with no grace, takes nothing that the run needs",
    async () => {
      const running = millrace(["run", TINY, "--once", "--json", "--set", "train.steps=61", ...data()]);
      const ended = running.ended();
      // Before, nothing but the request knows of the recipe.
      await running.until(({ kind }) => kind === "stage");
      do {
        await fetched("/api/automation/garbage", GarbageReport, { dryRun: false, graceSeconds: 0 });
        // Collecting without a pause takes the run half of the machine.
        await wait(200);
      } while (running.process.exitCode === null);
      expect(await ended, running.errors()).toBe(0);
      expect((await ask("verify", "tiny@2", "--json")).answer).toMatchObject({ verdict: "same" });
    },
    4 * MINUTES,
  );
});

test(
  "backup and restore: the folder comes back as it was, without what was forgotten since",
  async () => {
    const file = join(folder, "backup.tar.gz");
    const beside = await ask("backup", join(folder, "served.tar.gz"));
    expect(beside.code, beside.errors).toBe(0);
    await stopOwner();
    const made = await ask("backup", file, "--json");
    expect(made.code, made.errors).toBe(0);
    const [hit] = await searched("mill");
    const { documentId: id, passage } = hit ?? expect.fail("search found nothing");
    const words = passage.slice(0, 40);
    expect(await holding(words, "data")).toEqual(expect.arrayContaining([expect.stringContaining("data/postgres/")]));
    const forgotten = await ask("forget", id, "--yes", "--json");
    expect(forgotten.answer, forgotten.errors).toMatchObject({
      backups: { told: [join(folder, "served.tar.gz"), file], missing: [] },
    });

    expect(await holding(words, "data")).toEqual([]);
    const madeOf = await ask("trace", "tiny@1");
    expect(madeOf.text).toMatch(/kept \(\d of them forgotten since\)/);

    const place = ["--data-dir", join(folder, "restored")];
    const restored = millrace(["restore", file, "--json", ...place]);
    expect(await restored.ended(), restored.errors()).toBe(0);
    expect(restored.messages).toMatchObject([{ folder: join(folder, "restored"), forgotten: [id] }]);
    expect(await holding(words, "restored")).toEqual([]);
    const traced = millrace(["trace", id, "--json", ...place]);
    expect(await traced.ended(), traced.errors()).toBe(0);
    expect(traced.messages).toMatchObject([
      { document: { fate: "dropped", document: { reasons: [{ code: "forgotten" }] } } },
    ]);
    const listed = millrace(["forget", "--list", ...place]);
    expect(await listed.ended(), listed.errors()).toBe(0);
    expect(listed.messages).toContainEqual(forgotten.answer["erasure"]);
    const [{ versions }] = traced.messages as unknown as [{ versions: { name: string }[] }];
    expect(versions.map(({ name }) => name)).toContain("tiny@1");
    const verified = millrace(["verify", "tiny@1", "--json", ...place]);
    expect(await verified.ended(), verified.errors()).toBe(0);
  },
  4 * MINUTES,
);
