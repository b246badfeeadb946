/** A search, from the recipe to the served version, in real processes on the embedded parts. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RankedTrial, Recipe, TrainingRunView, VersionView } from "@millrace/contracts";
import { type Space, suggest, type Trial } from "@millrace/search";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Message, millrace, readSummary, TINY } from "../kit/millrace.ts";
import { newDataFolder } from "../kit/prepared.ts";

const MINUTES = 60_000;
/** Enough that the last ones follow the trials before: TPE draws at random until ten have ended, the median needs five. */
const TRIALS = 12;
const PARALLEL = 2;
/** After fewer the gate of rounded weights may not let the version pass. */
const STEPS = 32;
const RATES = { low: 1e-5, high: 0.05 };
const SETTINGS = [
  `train.steps=${STEPS}`,
  "train.validateEvery=8",
  "train.checkpointEvery=16",
  "train.nodes=1",
  `search.space={train.learningRate: {float: [${RATES.low}, ${RATES.high}], log: true}}`,
  "search.method=tpe",
  `search.trials=${TRIALS}`,
  `search.parallel=${PARALLEL}`,
  "search.pruner=median",
  "samplePrompts=[a,b,c]",
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-search-"));
  await newDataFolder(join(folder, "data"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  "a search whose process is killed goes on with --resume, by TPE and the median rule, and serves the model of its best trial",
  async () => {
    const dataDir = join(folder, "data");
    const place = ["--json", "--data-dir", dataDir, "--summary", join(folder, "summary.json")];
    const begun = millrace(["run", TINY, "--once", ...place, ...SETTINGS.flatMap((setting) => ["--set", setting])]);
    await begun.until(isSearching);
    begun.process.kill("SIGKILL");
    expect(await begun.ended(), begun.errors()).toBe("SIGKILL");

    const running = millrace(["run", "--resume", ...place]);
    await running.until(({ kind }) => kind === "summary");
    const { state, run, search, model, artifacts, endpoint, loss } = await readSummary(join(folder, "summary.json"));
    expect(state).toBe("serving");
    const table = search?.table ?? [];
    const byNumber = table.toSorted((a, b) => a.number - b.number);
    expect(byNumber.map(({ number }) => number)).toEqual(Array.from({ length: TRIALS }, (_, number) => number));
    expect(search?.trials).toMatchObject({ failed: 0, stopped: expect.toSatisfy((stopped: number) => stopped > 0) });
    // Neither is what was drawn at random, nor does it depend on when the process was killed.
    expectSuggested(byNumber);
    const losses = table.filter(({ state }) => state === "completed").map(({ loss }) => loss ?? NaN);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(search?.best).toMatchObject({ number: table[0]?.number, objective: losses[0] });
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
    expect(training.points.at(-1)).toMatchObject({ step: STEPS, validationLoss: losses[0] });

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

/** The last trial has the values that TPE suggests after those that it knew, which are others than those of chance. */
function expectSuggested(byNumber: readonly RankedTrial[]): void {
  const space: Space = { "train.learningRate": { kind: "float", ...RATES, log: true } };
  const known = byNumber.slice(0, -1).map(({ number, values, state, loss, step }): Trial => {
    if (number > TRIALS - 1 - PARALLEL) return { number, values, state: "running", reports: [] };
    const reports = [{ step, value: loss ?? NaN }];
    return { number, values, state, reports, ...(state === "completed" && { objective: loss ?? NaN }) };
  });
  const last = byNumber.at(-1)?.values;
  expect(suggest({ space, method: "tpe", seed: 1 }, TRIALS - 1, known)).toEqual(last);
  expect(suggest({ space, method: "random", seed: 1 }, TRIALS - 1, known)).not.toEqual(last);
}
