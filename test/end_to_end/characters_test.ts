/** Tokens of characters and a split by position, from the shipped recipe to answers and back, in real processes. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { millrace, readSummary, ROOT } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;
const SYLLABLES = ["ka", "ro", "mi", "lu"];
/** A word that no other number has: lines that are alike would be one. */
const wordOf = (number: number): string =>
  (Math.imul(number + 1, 0x9e3779b1) >>> 12).toString(4).replaceAll(/\d/g, (digit) => SYLLABLES[Number(digit)] ?? "");
const PLAY = Array.from(
  { length: 60 },
  (_, scene) => `MILLER:\nThe ${wordOf(2 * scene)} turns, and ${wordOf(2 * scene + 1)} too.\n\n`,
).join("");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-characters-"));
  await newDataFolder(join(folder, "data"));
  await writeFile(join(folder, "play.txt"), PLAY);
}, MINUTES);
afterAll(() => rm(folder, { recursive: true, force: true }), MINUTES);

test(
  "shakespeare-characters makes a model of one text, which answers also where it does not know a character",
  async () => {
    const settings = {
      "sources.0.path": join(folder, "play.txt"),
      model: "{ layers: 1, heads: 2, width: 16, contextLength: 32 }",
      train: "{ nodes: 2, leaves: 2, leafBatch: 2, steps: 8 }",
    };
    const summary = join(folder, "summary.json");
    const data = ["--json", "--data-dir", join(folder, "data")];
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const recipe = join(ROOT, "recipes/shakespeare-characters.yaml");
    const running = millrace(["run", recipe, "--summary", summary, ...data, ...set]);
    await running.until(({ kind }) => kind === "summary");
    const made = await readSummary(summary);
    expect(made, running.errors()).toMatchObject({
      state: "serving",
      documents: { kept: 2, quarantined: 0 },
      // The end of a text, and what stands for all characters that the play does not have.
      vocabulary: new Set(PLAY).size + 2,
    });
    expect(made.bitsPerByte?.model).toBeGreaterThan(0);

    const { apiKey } = JSON.parse(await readFile(join(folder, "data/secrets.json"), "utf8")) as { apiKey: string };
    const client = new OpenAI({ baseURL: made.endpoint as string, apiKey });
    const asked = { model: "shakespeare-characters", prompt: "MILLER: 水é😀", max_tokens: 5, temperature: 0 };
    const { choices, usage } = await client.completions.create(asked);
    expect(usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 5 });
    let streamed = "";
    for await (const part of await client.completions.create({ ...asked, stream: true })) {
      streamed += part.choices[0]?.text ?? "";
    }
    expect(streamed).toBe(choices[0]?.text);
    running.process.kill("SIGINT");
    await running.ended();
    const verified = millrace(["verify", "shakespeare-characters@1", ...data]);
    await verified.ended();
    expect(verified.messages.at(-1)).toMatchObject({ verdict: "same" });
  },
  4 * MINUTES,
);
