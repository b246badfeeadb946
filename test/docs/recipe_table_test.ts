/** `docs/recipe.md` and `docs/recipe.schema.json` say what the code does. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { recipeJsonSchema, SIZES } from "@millrace/contracts";
import { format } from "prettier";
import { expect, test } from "vitest";

const page = await readFile(new URL("../../docs/recipe.md", import.meta.url), "utf8");

/** What these tests read of a JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Keys by path with what they declare; lists of objects as `sources[].path`. Sections have no line of their own. */
function keysOf({ properties = {} }: Schema, prefix = ""): [path: string, schema: Schema][] {
  return Object.entries(properties).flatMap(([name, schema]): [string, Schema][] => {
    const path = prefix + name;
    if (schema.properties) return keysOf(schema, `${path}.`);
    return [[path, schema], ...(schema.items?.properties ? keysOf(schema.items, `${path}[].`) : [])];
  });
}

/** Cells of the table below a heading, without its two head lines. */
function tableBelow(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.slice(2, -2).split(" | "));
}

function sizeInWords(bytes: number): string {
  if (bytes === Infinity) return "larger";
  return bytes < 1e6 ? `below ${bytes / 1e3} kB` : `below ${bytes / 1e6} MB`;
}

const keys = keysOf(recipeJsonSchema() as Schema);

test("docs/recipe.md lists every key of a recipe, in the order of the schema", () => {
  expect(keys.length).toBeGreaterThan(30);
  expect(tableBelow("Keys").map(([key]) => key)).toEqual(keys.map(([path]) => `\`${path}\``));
});

test("docs/recipe.md gives every key's default as the schema has it", () => {
  const written = tableBelow("Keys").map(([key, , value]) => [key, value?.startsWith("`") ? value : "in words"]);
  const declared = keys.map(([path, { default: value }]) => [
    `\`${path}\``,
    value === undefined ? "in words" : `\`${JSON.stringify(value)}\``,
  ]);
  expect(written).toEqual(declared);
});

test("docs/recipe.md gives the bounds of every whole number as the schema has them", () => {
  const written = new Map(tableBelow("Keys").map(([key, type]) => [key, type]));
  for (const [path, { type, minimum, exclusiveMinimum, maximum = Infinity }] of keys) {
    if (type !== "integer") continue;
    const least = minimum ?? (exclusiveMinimum ?? -Infinity) + 1;
    const bounds = maximum < Number.MAX_SAFE_INTEGER ? `${least} to ${maximum}` : `${least} or more`;
    expect(written.get(`\`${path}\``), path).toBe(`integer, ${bounds}`);
  }
});

test("docs/recipe.md shows the table that defaults are derived by", () => {
  const wanted = SIZES.map((row) => [
    sizeInWords(row.below),
    ...[row.vocabularySize, row.layers, row.heads, row.width, row.contextLength, row.leafBatch, row.steps].map(String),
    row.learningRates.muon === undefined ? "adamw" : "muon",
    String(row.learningRates.muon ?? row.learningRates.adamw),
  ]);
  expect(tableBelow("What is derived from the corpus")).toEqual(wanted);
});

// `npm test -- test/docs -u` writes the file anew after the schema has changed.
test("docs/recipe.schema.json is the schema that recipes are checked by", async () => {
  const text = await format(JSON.stringify(recipeJsonSchema()), { parser: "json", printWidth: 120 });
  await expect(text).toMatchFileSnapshot(fileURLToPath(new URL("../../docs/recipe.schema.json", import.meta.url)));
});
