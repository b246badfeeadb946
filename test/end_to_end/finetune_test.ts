/** A model of others trained further, from a server of the hub's layout to a version that is traced and verified, in real processes. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMIT, type Hub, modelFiles, REPOSITORY, startHub } from "../../apps/ingestion/src/testing/hub.ts";
import { type Message, millrace, readSummary, ROOT } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;
const RECIPE = join(ROOT, "test/recipes/finetune.yaml");
const TOKEN = "hf_thisMustNeverBeSeen";
const FROM = `model.from=hf:${REPOSITORY}@v1`;

let folder: string;
let hub: Hub;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-finetune-"));
  await newDataFolder(join(folder, "data"));
  hub = await startHub(modelFiles("tiny-gpt2"));
}, MINUTES);
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

/** Runs a command on the data folder to its end. */
async function ask(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const running = millrace([...args, "--json", "--data-dir", join(folder, "data")], ROOT, environment);
  const code = await running.ended();
  return { code, answer: running.messages.at(-1), errors: running.errors(), text: running.text() };
}

test(
  "a model of the hub becomes a version that names it, and is made again byte for byte",
  async () => {
    const summary = join(folder, "summary.json");
    const environment = { HF_ENDPOINT: hub.address, HF_TOKEN: TOKEN };
    const run = await ask(["run", RECIPE, "--once", "--summary", summary, "--set", FROM], environment);
    expect(run.code, run.errors).toBe(0);
    const { base, state, vocabulary } = await readSummary(summary);
    const name = `hf:${REPOSITORY}@${COMMIT}`;
    expect({ base, state, vocabulary }).toMatchObject({
      base: { name, licence: "apache-2.0" },
      state: "serving",
      vocabulary: 384,
    });
    const traced = await ask(["trace", "further@1"]);
    expect(traced.answer).toMatchObject({
      version: { base: { name } },
      base: { origin: { repository: REPOSITORY, revision: "v1", commit: COMMIT }, files: { "tokenizer.json": {} } },
    });
    const { nodes } = (traced.answer as Message)["lineage"] as { nodes: { kind: string; label: string }[] };
    expect(nodes).toContainEqual({ kind: "base", id: base?.manifest, label: `${name} (apache-2.0)` });
    // Nobody is asked for what is kept.
    expect((await ask(["verify", "further@1"])).answer).toMatchObject({ verdict: "same" });
    for (const kept of await readdir(join(folder, "data"), { recursive: true, withFileTypes: true })) {
      if (!kept.isFile() || /postgres|artifacts/.test(kept.parentPath)) continue;
      expect(await readFile(join(kept.parentPath, kept.name), "latin1"), kept.name).not.toContain(TOKEN);
    }
    expect(run.text + run.errors).not.toContain(TOKEN);
  },
  4 * MINUTES,
);

test(
  "the same model is had again without a network by finetune-docs, whose adapters are made again byte for byte",
  async () => {
    hub.asked.length = 0;
    const settings = {
      "sources.0.path": join(ROOT, "packages"),
      "sources.0.include": '["*/README.md"]',
      // That model sees 48 tokens.
      "model.contextLength": 32,
      "train.steps": 6,
      "deploy.enabled": false,
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const summary = join(folder, "offline.json");
    const recipe = join(ROOT, "recipes/finetune-docs.yaml");
    const run = await ask(["run", recipe, "--once", "--summary", summary, "--set", FROM, ...set], {
      HF_ENDPOINT: hub.address,
      HF_HUB_OFFLINE: "1",
    });
    expect(run.code, run.errors).toBe(0);
    expect((await readSummary(summary)).base?.name).toBe(`hf:${REPOSITORY}@${COMMIT}`);
    const { answer } = await ask(["trace", "finetune-docs@1"]);
    expect(answer).toMatchObject({ version: { adapter: { weights: { mediaType: "application/safetensors" } } } });
    expect((await ask(["verify", "finetune-docs@1"])).answer).toMatchObject({ verdict: "same" });
    expect(hub.asked).toEqual([]);
  },
  4 * MINUTES,
);

test(
  "a model that cannot be trained further is refused in the first stage, with what would mend it",
  async () => {
    const run = await ask(["run", RECIPE, "--once", "--set", "model.from=hf:nobody/nothing"], {
      HF_ENDPOINT: hub.address,
    });
    expect(run.code).toBe(1);
    expect(run.answer).toMatchObject({ state: "failed", errorCode: "base_model_invalid" });
    expect(String(run.answer?.["error"])).toContain("has no nobody/nothing@main");
  },
  4 * MINUTES,
);

test(
  "finetune-chat teaches a model the answers of conversations, and the gateway gives them in the model's own form",
  async () => {
    const conversations = Array.from({ length: 40 }, (_, number) => {
      const asked = { role: "user", content: `Is it ${number}?` };
      return `${JSON.stringify({ messages: [asked, { role: "assistant", content: "Yes." }] })}\n`;
    });
    await writeFile(join(folder, "conversations.jsonl"), conversations.join("") + '{"messages": []}\n');
    await newDataFolder(join(folder, "chat"));
    const settings = {
      "sources.0.path": join(folder, "conversations.jsonl"),
      "model.from": join(ROOT, "test/kit/testdata/tiny-llama"),
      "model.contextLength": 64,
      // Adapters beside random weights learn little.
      train: "{ nodes: 2, pipelineStages: 2, leaves: 4, method: full, steps: 40, learningRate: 0.02 }",
    };
    const summary = join(folder, "chat.json");
    const data = ["--json", "--data-dir", join(folder, "chat")];
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const running = millrace(["run", join(ROOT, "recipes/finetune-chat.yaml"), "--summary", summary, ...data, ...set]);
    await running.until(({ kind }) => kind === "summary");
    const made = await readSummary(summary);
    expect(made, running.errors()).toMatchObject({ state: "serving", documents: { kept: 40, quarantined: 1 } });
    // Answers are learnt by heart; what users say is not counted, and would cost some bits.
    expect(made.bitsPerByte?.model).toBeLessThan(0.5);
    const { apiKey } = JSON.parse(await readFile(join(folder, "chat/secrets.json"), "utf8")) as { apiKey: string };
    const client = new OpenAI({ baseURL: made.endpoint as string, apiKey });
    const messages = [{ role: "user" as const, content: "Is it 41?" }];
    const { choices } = await client.chat.completions.create({ model: "finetune-chat", messages, temperature: 0 });
    // It stops by itself: the end of a turn is learnt with the answer.
    expect(choices[0]).toMatchObject({ message: { content: "Yes." }, finish_reason: "stop" });
    running.process.kill("SIGINT");
    await running.ended();
    const verified = millrace(["verify", "finetune-chat@1", ...data]);
    await verified.ended();
    expect(verified.messages.at(-1)).toMatchObject({ verdict: "same" });
  },
  4 * MINUTES,
);
