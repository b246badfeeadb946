import { readFile } from "node:fs/promises";
import { Summary } from "@millrace/contracts";
import { expect, test } from "vitest";

test("docs/summary.md describes every key of the summary, in its order", async () => {
  const page = await readFile(new URL("../../docs/summary.md", import.meta.url), "utf8");
  const described = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
  expect(described).toEqual(Object.keys(Summary.shape));
});
