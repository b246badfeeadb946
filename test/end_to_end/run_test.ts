/** The main job, from files to a completion, in real processes on the embedded parts. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { sqliteBus } from "@millrace/bus/sqlite";
import {
  CreatedKey,
  DocumentView,
  SearchResults,
  STREAMS,
  type Summary,
  VerbatimSpans,
  VersionView,
} from "@millrace/contracts";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { madeOf, type Message, millrace, readSummary, ROOT, type Running, TINY } from "../kit/millrace.ts";
import { dataFolderWithRun, newDataFolder } from "../kit/prepared.ts";
import { descendants } from "../kit/processes.ts";

const MINUTES = 60_000;

let folder: string;
/** Serves the undisturbed run on two nodes: what all others are compared with. */
let first: Running;
let reference: Summary;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-run-"));
  await dataFolderWithRun(join(folder, "first"));
  first = millrace(["run", "--resume", "--json", ...folderOf("first")]);
  await first.until(({ kind }) => kind === "summary");
  reference = await readSummary(join(folder, "first.json"));
}, 5 * MINUTES);

afterAll(async () => {
  first.process.kill("SIGINT");
  await first.ended();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

/** Runs the recipe to its end in a folder of its own. */
async function runOnce(name: string, ...more: readonly string[]): Promise<{ running: Running; code: number | string }> {
  const running = await started(name, ...more);
  return { running, code: await running.ended() };
}

/** Starts the recipe in a folder of its own, one in which nothing was run yet. */
async function started(name: string, ...more: readonly string[]): Promise<Running> {
  await newDataFolder(join(folder, name));
  return millrace(["run", TINY, "--once", "--json", ...folderOf(name), ...more]);
}

function folderOf(name: string): string[] {
  return ["--data-dir", join(folder, name), "--summary", join(folder, `${name}.json`)];
}

/** What a file of the first run's data folder says. */
async function kept(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(folder, "first", file), "utf8")) as Record<string, string>;
}

async function get(path: string, init: RequestInit = {}): Promise<Response> {
  const { apiKey } = await kept("secrets.json");
  const { address } = await kept("owner.json");
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  return fetch(`${address}${path}`, { ...init, headers });
}

/** A session of the console for whoever has a key, as its cookie. */
async function login(apiKey: string): Promise<string> {
  const { address } = await kept("owner.json");
  const asked = { method: "POST", headers: { authorization: `Bearer ${apiKey}` } };
  const { path } = (await (await fetch(`${address}/api/console/login-links`, asked)).json()) as { path: string };
  return (await fetch(address + path)).headers.get("set-cookie")?.split(";")[0] ?? "";
}

describe("millrace run", () => {
  test("ends serving, with every part of the summary", () => {
    expect(reference.state).toBe("serving");
    const missing = Object.entries(reference).filter(([, value]) => value === null);
    expect(missing.map(([key]) => key)).toEqual(["stoppedIn", "search", "pipeline", "base", "error", "errorCode"]);
    expect(reference.partial).toBe(false);
    expect(reference.samples).toHaveLength(3);
    expect(reference.nodes).toBe(2);
    expect(reference.seconds["total"]).toBeGreaterThan(0);
  });

  test("tells where every document went", () => {
    const { read, kept, duplicates, quarantined, dropped } = reference.documents as NonNullable<Summary["documents"]>;
    const droppedInAll = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect(kept + duplicates + quarantined + droppedInAll).toBe(read);
    // mill.md stands for its exact copy and its near copy; the binary file and the broken line are set aside.
    expect(duplicates).toBe(2);
    expect(quarantined).toBe(2);
    expect(reference.redactions).toMatchObject({ EMAIL_ADDRESS: 1, PHONE_NUMBER: 1, IBAN_CODE: 1 });
  });

  test("measures the model beside gzip, xz and an n-gram model, and says which it beats", () => {
    const { model, gzip, xzPrimed, ngram } = reference.bitsPerByte as NonNullable<Summary["bitsPerByte"]>;
    for (const bits of [model, gzip, xzPrimed, ngram]) expect(bits).toBeGreaterThan(0.2);
    expect(reference.verdict).toMatch(/better than/);
  });

  test("serves the model to the openai client", async () => {
    const { apiKey } = await kept("secrets.json");
    const client = new OpenAI({ baseURL: reference.endpoint as string, apiKey });
    expect((await client.models.list()).data.map(({ id }) => id)).toContain("tiny");
    const completion = await client.completions.create({ model: "tiny", prompt: "The mill", max_tokens: 8, seed: 1 });
    expect(completion.choices[0]?.text.length).toBeGreaterThan(0);
    expect(completion.usage?.completion_tokens).toBe(8);
  });

  test("tells which documents an answer has words from, and where in their text", async () => {
    const listed = await get("/api/ingestion/search?q=sluice+gate");
    const [first] = SearchResults.parse(await listed.json()).results;
    const kept = DocumentView.parse(await (await get(`/api/ingestion/documents/${first?.documentId}`)).json());
    const text = kept.fate === "kept" ? kept.document.text : "";
    const copied = text.slice(10, 130);
    const asked = { model: "tiny@1", text: `Once: ${copied}` };
    const response = await get("/api/feature/verbatim", { method: "POST", body: JSON.stringify(asked) });
    const { spans } = VerbatimSpans.parse(await response.json());
    const longest = spans.toSorted((left, right) => right.tokens - left.tokens)[0];
    const found = asked.text.slice(longest?.start, longest?.end);
    expect(found.length).toBeGreaterThan(100);
    const document = longest?.documents.find((one) => one.state === "kept" && one.id === first?.documentId);
    expect(document?.state === "kept" && text.slice(document.start, document.end)).toBe(found);
  });

  test("lets itself be tried in the console, which gives code that works", async () => {
    const { address } = await kept("owner.json");
    const { apiKey } = await kept("secrets.json");
    const cookie = await login(apiKey as string);
    const settings = { prompt: "The mill's", maxTokens: "12", temperature: "0", seed: "1" };
    const form = { left: "tiny@1", right: "ngrams:tiny@1", ...settings };
    const headers = { cookie, origin: address as string };
    const answered = await fetch(`${address}/playground`, { method: "POST", body: new URLSearchParams(form), headers });
    const page = await answered.text();
    // The version, and what counting the same tokens gives.
    expect(page.match(/first token [\d,]+ ms/g)).toHaveLength(2);
    expect(page).toMatch(/word for word in (its|the) corpus/);
    const code = /<h3>openai-js<\/h3>\s*<pre[^>]*>([^<]*)</.exec(page)?.[1] ?? "";
    const entities: Record<string, string> = { "&quot;": '"', "&#39;": "'", "&gt;": ">", "&lt;": "<", "&amp;": "&" };
    const plain = code.replaceAll(/&(?:quot|#39|gt|lt|amp);/g, (entity) => entities[entity] ?? entity);
    const environment = { ...process.env, MILLRACE_API_KEY: apiKey };
    const args = ["--input-type=module", "-e", plain];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: environment });
    const client = new OpenAI({ baseURL: reference.endpoint as string, apiKey });
    const asked = { model: "tiny@1", prompt: form.prompt, max_tokens: 12, temperature: 0, seed: 1 };
    expect(stdout).toBe((await client.completions.create(asked)).choices[0]?.text);

    // The console may do anything; who uses it may not.
    const key = { name: "reader", role: "viewer", scopes: ["read"], expiresAt: null };
    const made = await get("/api/registry/keys", { method: "POST", body: JSON.stringify(key) });
    const reader = await login(CreatedKey.parse(await made.json()).secret);
    const body = new URLSearchParams(form);
    const refused = await fetch(`${address}/playground`, {
      method: "POST",
      body,
      headers: { ...headers, cookie: reader },
    });
    expect(await refused.text()).toContain("wanted role viewer with scope complete");
  });

  test("tells on a card what the version is made of", async () => {
    const { address } = await kept("owner.json");
    const cookie = await login((await kept("secrets.json"))["apiKey"] as string);
    const card = await (await fetch(`${address}/models/tiny/1`, { headers: { cookie } })).text();
    expect(card).toMatch(/Made from<\/dt>\s*<dd>\s*\d+ documents/);
    expect(card).toContain("folder/model.safetensors");
    expect(card).not.toContain("Could not be read");
    for (const kind of ["run", "corpus", "tokenizer", "tokenized", "checkpoint", "version", "package"]) {
      expect(card).toContain(`class="kind">${kind}<`);
    }
  });

  test("answers search with the document, masked", async () => {
    const found = SearchResults.parse(await (await get("/api/ingestion/search?q=sluice+gate")).json());
    expect(found.results.map(({ source }) => source)).toContain("test/recipes/tiny/letters.txt");
    expect(JSON.stringify(found)).not.toContain("anna.mueller");
  });

  test("keeps artifacts that have the hash they are named by", async () => {
    const version = VersionView.parse(await (await get("/api/registry/models/tiny/versions/live")).json());
    expect(version.checkpoint.sha256).toBe(reference.artifacts?.checkpoint);
    const bytes = new Uint8Array(
      await (await get(`/api/registry/artifacts/${version.checkpoint.sha256}`)).arrayBuffer(),
    );
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(version.checkpoint.sha256);
  });

  test(
    "a second command on the folder uses the first one's services, and its one node makes the same model as two",
    async () => {
      const files = ["--data-dir", join(folder, "first"), "--summary", join(folder, "second.json")];
      const second = millrace(["run", TINY, "--once", "--json", "--set", "train.nodes=1", ...files]);
      const started = await second.until(({ kind }) => kind === "started");
      expect(started["isOwner"]).toBe(false);
      expect(await second.ended(), second.errors()).toBe(0);
      const summary = await readSummary(join(folder, "second.json"));
      expect(summary).toMatchObject({ nodes: 1, model: { name: "tiny", version: 2 } });
      expect(madeOf(summary)).toEqual(madeOf(reference));
    },
    5 * MINUTES,
  );
});

/** How many events the bus of a data folder has. */
async function eventsOf(name: string): Promise<number> {
  const bus = sqliteBus({ file: join(folder, name, "events.sqlite"), now: Date.now });
  let count = 0;
  for (const stream of STREAMS) for await (const _ of bus.replay({ stream: stream.name, from: "start" })) count += 1;
  await bus.close();
  return count;
}

async function resumed(name: string, disturb?: (running: Running) => Promise<void>): Promise<void> {
  const again = millrace(["run", "--resume", "--once", "--json", ...folderOf(name)]);
  await disturb?.(again);
  expect(await again.ended(), again.errors()).toBe(0);
  expect(madeOf(await readSummary(join(folder, `${name}.json`)))).toEqual(madeOf(reference));
}

describe("equal bytes", () => {
  test(
    "the whole process killed in mid-run goes on with --resume, and the model is the same",
    async () => {
      const running = await started("process-killed");
      await running.until((message) => isTraining(message));
      running.process.kill("SIGKILL");
      expect(await running.ended()).toBe("SIGKILL");
      const before = await eventsOf("process-killed");
      const looked = millrace(["status", "--json", "--data-dir", join(folder, "process-killed")]);
      expect(await looked.ended(), looked.errors()).toBe(0);
      expect(looked.messages).toMatchObject([{ runs: [{ state: expect.not.stringMatching("serving") }] }]);
      expect(await eventsOf("process-killed"), "who looks goes on with nothing").toBe(before);
      await resumed("process-killed");
    },
    5 * MINUTES,
  );

  test(
    "Ctrl-C while cleaning, and again while tokenizing, then --resume, of which one of three nodes is killed, makes the same model",
    async () => {
      await interrupted(await started("stopped", "--set", "train.nodes=3"), ({ stage }) => stage === "cleaning");
      const tokenizing = millrace(["run", "--resume", "--once", "--json", ...folderOf("stopped")]);
      await interrupted(tokenizing, ({ stage }) => stage === "tokenizing");
      await resumed("stopped", async (running) => {
        await running.until(isTraining);
        const [node] = await descendants(running.process.pid as number, "node_main");
        expect(node).toBeDefined();
        process.kill(node?.pid as number, "SIGKILL");
      });
      expect((await readSummary(join(folder, "stopped.json"))).nodes).toBe(3);
    },
    5 * MINUTES,
  );

  test(
    "Ctrl-C while two pipelines of two nodes train, then --resume, makes the same model",
    async () => {
      // Each node of a pipeline holds half of the model.
      const settings = ["--set", "train.pipelineStages=2", "--set", "train.nodes=4"];
      await interrupted(await started("stopped-training", ...settings), isTraining);
      await resumed("stopped-training");
      const { pipeline } = await readSummary(join(folder, "stopped-training.json"));
      expect(pipeline?.stages).toBe(2);
    },
    5 * MINUTES,
  );
});

/** Ctrl-C at a message: it ends with exit code 1, and leaves no trainer node. */
async function interrupted(running: Running, at: (message: Message) => boolean): Promise<void> {
  await running.until(at);
  running.process.kill("SIGINT");
  expect(await running.ended(), running.errors()).toBe(1);
  expect(await descendants(running.process.pid as number, "node_main")).toEqual([]);
}

/** True once some training steps are done, by the progress that is told. */
function isTraining(message: Message): boolean {
  const progress = message["progress"] as { done: number } | null | undefined;
  return message.kind === "stage" && message["stage"] === "training" && (progress?.done ?? 0) > 0;
}

describe("bad input", () => {
  test(
    "a folder of documents that all are left out fails in words, with exit code 1",
    async () => {
      const empty = join(folder, "empty");
      await mkdir(empty);
      await Promise.all(["a.txt", "b.txt"].map((name) => writeFile(join(empty, name), "")));
      await newDataFolder(join(folder, "empty-data"));
      const running = millrace(["run", empty, "--once", "--json", "--data-dir", join(folder, "empty-data")]);
      expect(await running.ended()).toBe(1);
      expect(running.messages.find(({ kind }) => kind === "summary")).toMatchObject({
        state: "failed",
        error: expect.stringContaining("no_documents"),
      });
    },
    2 * MINUTES,
  );

  test(
    "a vocabulary larger than the text supports fails before training",
    async () => {
      const { code, running } = await runOnce("vocabulary", "--set", "tokenizer.vocabularySize=100000");
      expect(code).toBe(1);
      expect(running.messages.find(({ kind }) => kind === "summary")).toMatchObject({
        error: expect.stringContaining("the text supports at most"),
        errorCode: "vocabulary_too_large",
        parameters: null,
      });
    },
    2 * MINUTES,
  );

  test(
    "a training that its time limit stops is told as partial",
    async () => {
      const settings = [
        "train.steps=100000",
        // It fills its time: with one core, and not with two. Steps are long, for each is kept.
        "train.nodes=1",
        "train.leafBatch=32",
        // The time counts from before the nodes start, which on a busy machine takes most of it.
        "train.validateEvery=1",
        "train.checkpointEvery=1",
        "train.timeLimitSeconds=8",
      ];
      const { code, running } = await runOnce("limited", ...settings.flatMap((setting) => ["--set", setting]));
      expect(code, running.errors()).toBe(0);
      const summary = await readSummary(join(folder, "limited.json"));
      expect(summary).toMatchObject({ state: "serving", partial: true, errorCode: null });
      expect(summary.steps).toBeLessThan(100_000);
    },
    2 * MINUTES,
  );

  test.each([
    [["run", TINY, "--set", "train.steps=many"], 'train.steps: expected a positive integer, found "many"'],
    [["run", TINY, "--set", "train.nodes=9"], "9 nodes for 4 leaves"],
    [["run", "nowhere"], 'there is nothing at "nowhere"'],
    [["run"], "expected a recipe, a folder or a glob"],
    [["run", TINY, "--colour"], "unknown option '--colour'"],
  ])("millrace %j is refused with exit code 2", async (args, message) => {
    const running = millrace([...args, "--data-dir", join(folder, "unused")]);
    expect(await running.ended()).toBe(2);
    expect(running.errors()).toContain(message);
  });

  test("a data folder that is no folder is refused", async () => {
    await writeFile(join(folder, "file"), "");
    const running = millrace(["run", TINY, "--data-dir", join(folder, "file")]);
    expect(await running.ended()).not.toBe(0);
    expect(running.errors()).toContain("file");
  });
});
