/** Texts and files made to cost more than their size. At these sizes the square is minutes to years: going through is the assertion. */
import { expect, test } from "vitest";
import { exactKey } from "./deduplication/exact_key.ts";
import { signature } from "./deduplication/signature.ts";
import { filterText } from "./filter.ts";
import { scrub } from "./pii/scrub.ts";
import { POLICIES } from "./policies/presets.ts";
import { readDocuments } from "./reader.ts";
import type { ReadRecord } from "./reader.ts";
import { FULL_REPAIR, fixText } from "./repair/fix_text.ts";

const SIZE = 300_000;
const fill = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length));

test.each([
  ["combining marks of two classes", `a${fill("\u0301\u0327")}`],
  ["a run of spaces", `a${fill(" ")}x`],
  ["blank lines of spaces", `\n${fill(" \n")}x`],
  ["dashes between letters", `${fill("a-")}!`],
  ["a run of dashes", `a${fill("-")}!`],
  ["labels of a host name", `${fill("a.")}!`],
  ["at signs", fill("a@")],
  ["opening brackets", fill("](")],
  ["backticks", fill("`")],
  ["colons of an address", fill("a:")],
  ["digits", fill("1")],
  ["bracketed digits", fill("(1)")],
  ["nested references", `&${fill("amp;")}`],
  ["escape sequences", `\u001b[${fill("1;")}`],
  ["a lost byte again and again", fill("Ã ")],
])("every step goes through %s", async (_, text) => {
  const repaired = fixText(text, FULL_REPAIR);
  const { signals } = filterText(repaired, POLICIES.documentation);
  expect(signals.characters).toBeGreaterThan(0);
  expect(scrub(repaired).text.length).toBeGreaterThan(0);
  expect(signature(repaired)).toHaveLength(112);
  expect(await exactKey(text)).toMatch(/^[0-9a-f]{64}$/);
});

async function read(path: string, text: string): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  const content = new TextEncoder().encode(text);
  for await (const record of readDocuments({ path, content })) records.push(record);
  return records;
}

test.each([
  ["a.d.ts", `/** {@link ${fill(" ")}x */`],
  ["a.d.ts", `/**\n * @param a${fill(" ")}\u2028b\n */`],
  ["a.md", `<b>a${fill(" ")}x`],
  ["a.md", `<b>${fill("`a\n")}`],
  ["a.md", `---\na: "${fill('"')}\n---\nx`],
])("readDocuments() goes through a hostile %s", async (path, text) => {
  expect((await read(path, text)).map(({ ok }) => ok)).toEqual([true]);
});

test("readDocuments() sets a record of deeply nested values aside, and reads on", async () => {
  const nested = `{"text":"deep","more":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const records = await read("a.jsonl", `${nested}\n{"text":"next"}\n`);
  expect(records).toMatchObject([
    { ok: false, quarantine: { reason: "too_complex", record: 0 } },
    { ok: true, document: { text: "next" } },
  ]);
});
