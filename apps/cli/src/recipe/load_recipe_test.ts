import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadRecipe } from "./load_recipe.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-recipe-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function recipe(text: string, settings: string[] = []): Promise<Awaited<ReturnType<typeof loadRecipe>>> {
  await writeFile(join(folder, "r.yaml"), text);
  return loadRecipe("r.yaml", settings, folder);
}

test("loadRecipe() makes source paths absolute, from the recipe's folder", async () => {
  expect((await recipe("name: a\nsources: [{path: docs}]")).sources[0]?.path).toBe(join(folder, "docs"));
});

test("loadRecipe() names a policy file by its real path, also behind a link", async () => {
  await mkdir(join(folder, "real"));
  await writeFile(join(folder, "real/policy.yaml"), "name: own");
  await symlink("real", join(folder, "link"));
  const { corpus } = await recipe("name: a\nsources: [{path: docs}]\ncorpus: {policy: link/policy.yaml}");
  expect(corpus.policy).toBe(join(await realpath(folder), "real/policy.yaml"));
});

test("loadRecipe() makes a recipe of a folder, named after it", async () => {
  await mkdir(join(folder, "My Docs"));
  const loaded = await loadRecipe("My Docs", [], folder);
  expect(loaded.name).toBe("my-docs");
  expect(loaded.sources).toEqual([{ path: join(folder, "My Docs") }]);
});

test("loadRecipe() takes a glob and names it by its fixed part", async () => {
  expect((await loadRecipe("notes/**/*.md", [], folder)).name).toBe("notes");
});

test("loadRecipe() takes what is there by its name, also where that reads as a pattern", async () => {
  await mkdir(join(folder, "Notes [2024]*"));
  const loaded = await loadRecipe("Notes [2024]*", [], folder);
  expect(loaded).toMatchObject({ name: "notes-2024", sources: [{ path: join(folder, "Notes [2024]*") }] });
});

test("loadRecipe() applies --set as YAML over the file", async () => {
  const loaded = await recipe("name: a\nsources: [{path: docs}]\ntrain: {nodes: 1}", [
    "train.nodes=3",
    "corpus.languages=[en, de]",
  ]);
  expect(loaded.train.nodes).toBe(3);
  expect(loaded.corpus.languages).toEqual(["en", "de"]);
});

test.each([
  ["name: a\nsources: [{path: d}]\ntrain: {steps: many}", [], 'train.steps: expected a positive integer, found "many"'],
  ["name: a\nsources: [{path: d}]", ["train.stepz=1"], 'expected only known keys, not "stepz"'],
  ["name: a\nsources: [{path: d}]", ["sources.99999999.path=x"], 'expected an index from 0 to 1, found "99999999"'],
  ["name: a\nsources: [{path: d}]", ["sources.x.path=x"], 'expected an index from 0 to 1, found "x"'],
  ["name: a\nsources: [{path: d}]", ["train.steps=["], "--set train.steps=[: expected a YAML value"],
  ["name: a\nsources: [{path: d}]", ["train"], '--set: expected key=value, e.g. train.nodes=3, found "train"'],
  ["name: a\nsources: [{path: d}]", ["name.x=1"], 'expected "name" to hold keys, found "a"'],
  ["name: a\nsources: [{path: d}]", ["__proto__.x=1"], "--set: expected key=value"],
  ["name: a\nsources: [{path: d}]", ["train.steps=1e999"], 'train.steps: expected a positive integer, found "1e999"'],
  ["name: a\nsources: [{path: d}]", ["train.clip=.nan"], 'train.clip: expected a number, found ".nan"'],
  ["name: a\nsources: [{path: d}]\ntrain: {seed: -.Inf}", [], 'train.seed: expected a number, found "-.Inf"'],
  ["- a", [], "expected keys such as name and sources"],
  ["name: [", [], "it is not YAML"],
])("loadRecipe() refuses %j with %j", async (text, settings, message) => {
  await expect(recipe(text, settings)).rejects.toThrow(message);
});

test("loadRecipe() says so when there is nothing at the path", async () => {
  await expect(loadRecipe("nowhere", [], folder)).rejects.toThrow('there is nothing at "nowhere"');
  await expect(loadRecipe("nowhere.yaml", [], folder)).rejects.toThrow("there is no such file");
});
