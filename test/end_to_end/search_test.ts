/** A search, from the recipe to the served version, in real processes on the embedded parts. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Recipe, TrainingRunView, VersionView } from "@millrace/contracts";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Message, millrace, readSummary, TINY } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";
import { descendants } from "../kit/processes.ts";

const MINUTES = 60_000;
const SETTINGS = [
  "train.steps=40",
  "train.validateEvery=20",
  "train.checkpointEvery=20",
  "train.nodes=1",
  "search.space={train.learningRate: {choices: [0.0001, 0.003, 0.01]}}",
  "search.method=grid",
  "search.trials=3",
  "search.parallel=2",
  "search.pruner=none",
  "samplePrompts=[a,b,c]",
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-search-"));
  await newDataFolder(join(folder, "data"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  "a search that Ctrl-C ends goes on with --resume, and serves the model of its best trial",
  async () => {
    const dataDir = join(folder, "data");
    const place = ["--json", "--data-dir", dataDir, "--summary", join(folder, "summary.json")];
    const begun = millrace(["run", TINY, "--once", ...place, ...SETTINGS.flatMap((setting) => ["--set", setting])]);
    await begun.until(isSearching);
    begun.process.kill("SIGINT");
    expect(await begun.ended(), begun.errors()).toBe(1);
    expect(await descendants(begun.process.pid as number, "node_main")).toEqual([]);

    const running = millrace(["run", "--resume", ...place]);
    await running.until(({ kind }) => kind === "summary");
    const { state, run, search, model, artifacts, endpoint, loss } = await readSummary(join(folder, "summary.json"));
    expect(state).toBe("serving");
    expect(search?.trials).toEqual({ completed: 3, stopped: 0, failed: 0 });
    expect(search?.table?.map(({ number }) => number).toSorted()).toEqual([0, 1, 2]);
    const losses = search?.table?.map((trial) => trial.loss ?? NaN) ?? [];
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(search?.best).toMatchObject({ number: search?.table?.[0]?.number, objective: losses[0] });
    expect(loss?.validation).toBe(losses[0]);

    const { apiKey } = JSON.parse(await readFile(join(dataDir, "secrets.json"), "utf8")) as { apiKey: string };
    const get = async (path: string): Promise<unknown> => {
      const asked = await fetch(new URL(path, endpoint as string), { headers: { authorization: `Bearer ${apiKey}` } });
      expect(asked.status, path).toBe(200);
      return asked.json();
    };
    const version = VersionView.parse(await get(`/api/registry/models/tiny/versions/${model?.version}`));
    expect(version.checkpoint.sha256).toBe(artifacts?.checkpoint);
    const recipe = Recipe.parse(await get(`/api/registry/artifacts/${version.recipe.sha256}`));
    expect(recipe.search).toBeUndefined();
    expect(recipe.train.learningRate).toBe(search?.best.values["train.learningRate"]);
    // Its curves are the trial's.
    const training = TrainingRunView.parse(await get(`/api/registry/runs/${run}`));
    expect(training.settings["trial"]).toBe(search?.best.number);
    expect(training.points.at(-1)).toMatchObject({ step: 40, validationLoss: losses[0] });

    const client = new OpenAI({ baseURL: endpoint as string, apiKey });
    const completion = await client.completions.create({ model: "tiny", prompt: "The mill", max_tokens: 4, seed: 1 });
    expect(completion.usage?.completion_tokens).toBe(4);
    running.process.kill("SIGINT");
    await running.ended();
  },
  5 * MINUTES,
);

/** True once a trial is done, by the progress that is told. */
function isSearching({ kind, stage, progress }: Message): boolean {
  const { done, unit } = (progress ?? {}) as { done?: number; unit?: string };
  return kind === "stage" && stage === "training" && unit === "trials" && (done ?? 0) > 0;
}
