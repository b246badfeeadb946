/** Every recipe that is shown or shipped is one. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planTraining } from "@millrace/contracts";
import { expect, test } from "vitest";
import { loadRecipe } from "../../apps/cli/src/recipe/load_recipe.ts";
import { NANOGPT } from "../../packages/training/bench/nanogpt.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const shipped = (await readdir(join(ROOT, "recipes")))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => `recipes/${name}`);

test.each([...shipped, "test/recipes/tiny.yaml", "test/recipes/finetune.yaml"])(
  "loadRecipe() accepts %s, whose first line names the schema",
  async (file) => {
    const recipe = await loadRecipe(file, [], ROOT);
    expect(recipe.sources.length).toBeGreaterThan(0);
    const [first] = (await readFile(join(ROOT, file), "utf8")).split("\n");
    expect(first).toMatch(/^# yaml-language-server: \$schema=(?:\.\.\/)+docs\/recipe\.schema\.json$/);
  },
);

test("loadRecipe() accepts the example of docs/recipe.md, with the settings shown there", async () => {
  const page = await readFile(join(ROOT, "docs/recipe.md"), "utf8");
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const [, command = ""] = /```sh\n(.*?)```/s.exec(page) ?? [];
  const settings = [...command.matchAll(/--set (\S+)/g)].map(([, setting = ""]) => setting);
  expect(settings).toHaveLength(3);
  const folder = await mkdtemp(join(tmpdir(), "millrace-docs-"));
  try {
    await writeFile(join(folder, "recipe.yaml"), example);
    const recipe = await loadRecipe("recipe.yaml", settings, folder);
    expect(recipe).toMatchObject({ name: "handbook", train: { nodes: 3, steps: 1200 }, corpus: { languages: ["en"] } });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the benchmark of nanoGPT's run trains what its recipe says", async () => {
  const recipe = await loadRecipe("recipes/shakespeare-characters.yaml", [], ROOT);
  const { model, train } = planTraining(recipe, 1_115_394);
  expect(model).toEqual(NANOGPT.model);
  expect(train).toMatchObject({ ...NANOGPT.training, optimiser: { name: "adamw" }, schedule: { name: "cosine" } });
});
