import { expect, test } from "vitest";
import { csv } from "./csv.ts";

test("csv() quotes what would end a cell, and nothing else", () => {
  expect(
    csv(
      ["path", "bytes"],
      [
        ['docs/a "b", c.md', 3],
        ["two\nlines", -1.5],
        [null, undefined],
      ],
    ),
  ).toBe('path,bytes\r\n"docs/a ""b"", c.md",3\r\n"two\nlines",-1.5\r\n,\r\n');
});

test("csv() keeps a file name from being run as a formula", () => {
  expect(csv(["path"], [["=HYPERLINK(1)"], ["-x"]])).toBe("path\r\n'=HYPERLINK(1)\r\n'-x\r\n");
});
