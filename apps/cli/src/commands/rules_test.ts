import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProgram } from "../program.ts";
import { UsageError } from "../usage_error.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-rules-"));
});
afterAll(() => rm(folder, { recursive: true }));

const STARTS = '{ "id": "mine", "on": "millrace.model.deployed.v1", "do": "start_run", "recipe": ';

test.each([
  ["", "found no rule in it, wanted a list of rules, or one"],
  ["# nothing yet\n", "found no rule in it"],
  ["[]", "found no rule in it"],
  [`${STARTS}"/etc/passwd" }`, 'recipe: expected a recipe (.yaml), found "/etc/passwd"'],
  [`${STARTS}"../docs" }`, 'recipe: expected a recipe (.yaml), found "../docs"'],
  [`${STARTS}"nowhere.yaml" }`, "there is no such file"],
  [
    "- { id: mine, enabled: true }\n- { id: other, enabled: true }\n- { id: mine, enabled: false }",
    'rule 3: found the id "mine" again, wanted each id once',
  ],
])("a file of rules that holds %j is wrong usage", async (text, why) => {
  const file = join(folder, "rules.yaml");
  await writeFile(file, text);
  const applied = createProgram().parseAsync(["node", "millrace", "rules", "apply", file]);
  await expect(applied).rejects.toThrow(UsageError);
  await expect(createProgram().parseAsync(["node", "millrace", "rules", "dry-run", file])).rejects.toThrow(why);
});
