import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadRecipe } from "../recipe/load_recipe.ts";
import { UsageError } from "../usage_error.ts";
import { planRun } from "./dry_run.ts";
import { runPipeline } from "./run_pipeline.ts";

const CLOSED = process.platform === "linux" ? "/sys/kernel" : "/System";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-dry-run-"));
  await writeFile(join(folder, "mill.txt"), "The mill race turns the wheel.\n");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const plan = async (...settings: string[]): Promise<number> =>
  runPipeline(await loadRecipe(folder, settings, folder), { dataDir: CLOSED, dryRun: true, json: true });

test("a dry run needs no folder to write to", async () => {
  const printed = vi.spyOn(console, "log").mockReturnValue();
  await plan("name=mill");
  expect(JSON.parse(String(printed.mock.calls[0]?.[0]))).toMatchObject({ kind: "plan", sources: { files: 1 } });
});

test("heads that do not fit the width which is derived for these sources are wrong usage", async () => {
  const refused = plan("name=mill", "model.heads=3");
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(/is no multiple of 3 heads; choose model\.width or model\.heads anew$/);
});

test("files of tasks are read: what no run could ask is refused with file, line and what is wanted", async () => {
  const printed = vi.spyOn(console, "log").mockReturnValue();
  await writeFile(join(folder, "bad.jsonl"), '{"query":"a","choices":["b","c"],"gold":0}\n{"query":"a"}\n');
  const tasks = ["bad", "none"].map((name) => ({ name, kind: "multiple_choice", path: `${name}.jsonl` }));
  expect(await plan("name=mill", `evaluation.tasks=${JSON.stringify(tasks)}`)).toBe(2);
  const { refusals } = JSON.parse(String(printed.mock.calls[0]?.[0]));
  expect(refusals.slice(-2)).toEqual([
    expect.stringMatching(
      /^reading task bad from .*bad\.jsonl: line 2 is no question of multiple_choice: choices: expected/,
    ),
    expect.stringMatching(/^reading task none from .*none\.jsonl: ENOENT/),
  ]);
});

test("a search is reckoned by the values of its trials, and those that cannot be trained fail alone", async () => {
  const printed = vi.spyOn(console, "log").mockReturnValue();
  const told = async (...settings: string[]) => {
    await plan("name=mill", "model.width=64", ...settings);
    const { cases } = JSON.parse(String(printed.mock.calls.at(-1)?.[0]));
    return cases[0];
  };
  const small = await told("model.layers=1");
  const large = await told("model.layers=8");
  const space = { "model.layers": { choices: [1, 8] }, "model.heads": { choices: [2, 3] } };
  const searched = await told(`search=${JSON.stringify({ space, method: "grid" })}`);
  expect(searched.training.model.layers).toBe(8);
  const alone = small.estimate.seconds.training + large.estimate.seconds.training;
  expect(searched.estimate.seconds.training).toBeCloseTo(alone);
});

test("a search whose trials at once take more memory than the machine has is warned about, if each alone fits", async () => {
  const space = { "model.layers": { choices: [1, 2] } };
  const planned = async (parallel: number, memoryBytes: number) => {
    const search = JSON.stringify({ space, method: "grid", parallel });
    const recipe = await loadRecipe(folder, ["name=mill", "model.width=64", `search=${search}`], folder);
    return planRun(recipe, undefined, { cores: 2, memoryBytes });
  };
  const memoryOf = async (parallel: number): Promise<number> =>
    Math.max(...(await planned(parallel, 1e12)).cases.map((one) => one.estimate.memoryBytes));
  const [alone, atOnce] = [await memoryOf(1), await memoryOf(4)];
  const ofMemory = async (parallel: number): Promise<string[]> =>
    (await planned(parallel, (alone + atOnce) / 2)).warnings.filter((line) => line.startsWith("model: found "));
  expect(await ofMemory(1)).toEqual([]);
  expect(await ofMemory(4)).toHaveLength(1);
});
