import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { plainText } from "../terminal/plain_text.ts";
import { pathLines, placeOf, readingsOf } from "./trace_path.ts";

test("placeOf() follows the links on the way to a path, also where there is no such file, or a record of one is meant", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-trace-")));
  try {
    await mkdir(join(folder, "notes"));
    await symlink(join(folder, "notes"), join(folder, "link"));
    for (const [path, place] of [
      ["link", "notes"],
      ["link/", "notes"],
      ["notes/../link/a.jsonl#43", "notes/a.jsonl#43"],
      ["gone/b.md", "gone/b.md"],
    ] as const) {
      expect(await placeOf(join(folder, path))).toBe(join(folder, place));
      expect(await placeOf(relative(process.cwd(), join(folder, path)))).toBe(join(folder, place));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ["notes/", ["notes", resolve("notes")]],
  ["./notes", [resolve("notes"), "notes"]],
  [".", ["", process.cwd()]],
  ["./", ["", process.cwd()]],
])("readingsOf(%j) are %j: what is said to be here is looked for here first", async (path, readings) => {
  expect(await readingsOf(path)).toEqual(readings);
});

test("pathLines() tells of each document whether it was kept, and why not", () => {
  const lines = pathLines({
    path: "notes",
    runId: "run-a",
    kept: {
      documents: [
        { id: "1", source: "notes/a.md", title: null, language: "en", split: "train", sizeBytes: 9, redactions: 0 },
      ],
      total: 3,
    },
    leftOut: {
      documents: [
        { id: "2", source: "notes/b.md", stage: "filter", reasons: [{ code: "empty" }], sizeBytes: 0, excerpt: "" },
        {
          id: "3",
          source: "notes/c\u001b.md",
          stage: "deduplicate",
          reasons: [{ code: "duplicate", detail: "says what 1 says" }],
          duplicateOf: "1",
          sizeBytes: 9,
          excerpt: "",
        },
      ],
      total: 2,
    },
  });
  expect(lines).toEqual([
    "notes in run-a: 3 kept, 2 left out",
    "  kept for train  notes/a.md  1",
    "  and 2 more kept; name a folder or a file to see fewer",
    "  left out  notes/b.md  empty  2",
    `  left out  ${plainText("notes/c\u001b.md")}  duplicate: says what 1 says  3`,
  ]);
});
