import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonLines, runFilter } from "../testing/run_filter.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-filters-"));
});
afterAll(() => rm(folder, { recursive: true }));

const PROSE =
  "The mill race brings the water from the weir to the wheel. When the gate is open, the wheel turns the stones, and the " +
  "stones grind the corn that the farmers of the valley bring to the mill in autumn.";

describe("millrace extract", () => {
  const page = `<html><head><title>The mill</title></head><body><nav><a href="/">Home</a></nav><article><h1>The mill</h1><p>${PROSE}</p></article></body></html>`;

  test("gives a line for each file, gzipped or not, and names the one it cannot read", async () => {
    const [plain, zipped, broken] = ["a.htm", "b.html.gz", "c.html.gz"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await Promise.all([writeFile(plain, page), writeFile(zipped, gzipSync(page)), writeFile(broken, "no gzip")]);
    const { code, records, errors } = await runFilter(["extract", plain, broken, zipped, "-"], page);
    const facts = { title: "The mill", text: `# The mill\n\n${PROSE}`, pageType: "article" };
    expect(records).toEqual([plain, zipped, "stdin"].map((source) => ({ id: source, source, ...facts })));
    expect(errors).toMatch(/^millrace extract: .*c\.html\.gz: gzip data [^\n]*\n$/);
    expect(code).toBe(1);
  });

  test("reads standard input when no file is given", async () => {
    const { code, records, errors } = await runFilter(["extract"], page);
    expect(records).toMatchObject([{ id: "stdin", title: "The mill" }]);
    expect([code, errors]).toEqual([0, ""]);
    // What it writes is a document to the next command of a pipe.
    const next = await runFilter(["filter", "--documents"], jsonLines({ id: "short", text: "Buy now" }, ...records));
    expect(next).toEqual({ code: 0, records, errors: "" });
  });

  test("names a page that is too complex, and goes on", async () => {
    const [deep, plain] = ["deep.html", "plain.html"].map((name) => join(folder, name)) as [string, string];
    await Promise.all([writeFile(deep, "<div>".repeat(500)), writeFile(plain, page)]);
    const { code, records, errors } = await runFilter(["extract", deep, plain]);
    expect(records).toMatchObject([{ source: plain }]);
    expect(errors).toMatch(/deep\.html: found a page of more than 400 levels/);
    expect(code).toBe(1);
  });
});

describe("millrace repair", () => {
  const damaged = "\u201csch\u00c3\u00b6n\u201d &amp; cafe\u0301";

  test("makes every repair unless told", async () => {
    const { records } = await runFilter(["repair"], jsonLines(damaged, { id: 1, text: damaged, url: damaged }));
    const text = '"sch\u00f6n" & caf\u00e9';
    expect(records).toEqual([text, { id: 1, text, url: damaged }]);
  });

  test("leaves out the repairs that an option names", async () => {
    const { records } = await runFilter(
      ["repair", "--no-quotes", "--no-normalization", "--no-entities"],
      jsonLines(damaged),
    );
    expect(records).toEqual(["\u201csch\u00f6n\u201d &amp; cafe\u0301"]);
  });
});

test("millrace detect-language gives ISO 639-1 with a confidence, and und for what has no letters", async () => {
  const texts = [
    { id: "en", text: PROSE },
    { id: "de", text: "Das Wasser des Baches dreht das alte Rad der Mühle." },
    { id: 3, text: "12 + 30" },
  ];
  const { code, records } = await runFilter(["detect-language"], jsonLines(...texts));
  expect(records).toEqual([
    { id: "en", language: "en", confidence: expect.closeTo(0.95, 1) },
    { id: "de", language: "de", confidence: expect.closeTo(0.95, 1) },
    { id: 3, language: "und", confidence: 0 },
  ]);
  expect(code).toBe(0);
});

describe("millrace filter", () => {
  const texts = jsonLines({ id: "prose", text: PROSE }, { id: "short", text: "Buy now" });

  test("keeps by the named policy and gives codes and signals", async () => {
    const { records } = await runFilter(["filter", "--policy", "documentation"], texts);
    expect(records).toEqual([
      { id: "prose", keep: true, reasons: [], signals: expect.objectContaining({ quality: expect.any(Number) }) },
      { id: "short", keep: false, reasons: ["too_little_prose"], signals: expect.objectContaining({ words: 2 }) },
    ]);
    const { quality } = (records[0] as { signals: { quality: number } }).signals;
    expect(quality).toBeGreaterThan(0.5);
    expect(quality).toBeLessThanOrEqual(1);
  });

  test("keeps by a policy file, which may ask for a language", async () => {
    const policy = join(folder, "policy.yaml");
    await writeFile(policy, "name: mine\nlanguages: [de]\nrules:\n  - { signal: words, max: 10, reason: too_long }\n");
    const { records } = await runFilter(["filter", "--policy", policy], texts);
    expect(records[0]).toMatchObject({ id: "prose", keep: false, reasons: ["language_not_wanted", "too_long"] });
  });

  test.each(["constructor", "nowhere.yaml", "/dev/zero"])("refuses the policy %s as wrong usage", async (policy) => {
    const { code, records, errors } = await runFilter(["filter", "--policy", policy], texts);
    expect({ code, records }).toEqual({ code: 2, records: [] });
    expect(errors).toContain(`--policy ${policy}: expected web, documentation, minimal or a policy file`);
  });
});

test("millrace detect-language and dedup with --documents write the documents that go on, as they came", async () => {
  const [first, copy] = ["b", 1].map((id) => ({ id, source: "mill.html", text: PROSE }));
  const { records } = await runFilter(["detect-language", "--documents"], jsonLines(first, copy));
  expect(records).toMatchObject([
    { ...first, language: "en" },
    { ...copy, language: "en" },
  ]);
  expect((await runFilter(["dedup", "--documents"], jsonLines(...records))).records).toEqual([records[1]]);
});

test("millrace scrub masks every type, links too, with offsets into the original text", async () => {
  const text = "\u{1f3e0} Write to jo@example.org or see https://example.org/mill.";
  const { records } = await runFilter(["scrub"], jsonLines({ id: "a", text }));
  const [{ text: masked, pii }] = records as [{ text: string; pii: { type: string; start: number; end: number }[] }];
  expect(masked).toBe("\u{1f3e0} Write to <EMAIL_ADDRESS> or see <URL>.");
  expect(pii.map(({ type, start, end }) => [type, text.slice(start, end)])).toEqual([
    ["EMAIL_ADDRESS", "jo@example.org"],
    ["URL", "https://example.org/mill"],
  ]);
});

test("millrace dedup gives one original in each cluster, in order, and reports a repeated id", async () => {
  const { code, records, errors } = await runFilter(
    ["dedup"],
    jsonLines(
      { id: "b", text: PROSE },
      { id: 1, text: "alone" },
      { id: "a", text: `${PROSE} Twice.` },
      { id: "1", text: "x" },
      { id: "c", keep: true },
    ),
  );
  expect(records).toEqual([
    { id: "b", cluster: "a", duplicateOf: "a" },
    { id: 1, cluster: 1, duplicateOf: null },
    { id: "a", cluster: "a", duplicateOf: null },
  ]);
  expect(errors.trimEnd().split("\n")).toEqual([
    'millrace dedup: stdin:4: found the id "1" a second time, wanted each once',
    expect.stringMatching(
      /^millrace dedup: stdin:5: .*wanted .*; .*filter and dedup hand the text on with --documents$/,
    ),
  ]);
  expect(code).toBe(1);
});
