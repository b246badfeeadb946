import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine } from "./csv.ts";

test.each([
  ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  [" =1", "' =1"],
  ["\n=1", `"'\n=1"`],
  ["＝1", "'＝1"],
  ["a-b", "a-b"],
])("csvLine() lets no spreadsheet take %j for a formula", (text, written) => {
  expect(csvLine([text])).toBe(`${written}\r\n`);
});

test("csvLine() leaves numbers as they are, and nothing for nothing", () => {
  expect(csvLine([-1.5, 0, true, null, undefined, ""])).toBe("-1.5,0,true,,,\r\n");
});

test("csvLine() writes what a reader of RFC 4180 takes for the same cells", () => {
  const plain = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", "é", " ") });
  fc.assert(
    fc.property(
      fc.array(
        plain.map((text) => `x${text}`),
        { minLength: 1 },
      ),
      (cells) => {
        expect(readLine(csvLine(cells).slice(0, -2))).toEqual(cells);
      },
    ),
  );
});

/** Reads one record, quotes and all. */
function readLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}
