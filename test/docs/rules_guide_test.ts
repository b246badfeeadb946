import { readFile } from "node:fs/promises";
import { WrittenRule } from "@millrace/contracts";
import { expect, test } from "vitest";
import { parse } from "yaml";

test("the first rules of the guide can be applied as they stand: they name no file", async () => {
  const guide = await readFile(new URL("../../docs/guides/rules.md", import.meta.url), "utf8");
  const [, first = ""] = /```yaml\n([^]*?)```/.exec(guide) ?? [];
  const rules = parse(first) as Record<string, unknown>[];
  expect(rules.map((rule) => [WrittenRule.parse(rule).id, "recipe" in rule])).toEqual([
    ["retrain-after-rollback", false],
  ]);
});
