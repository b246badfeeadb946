import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileStore } from "./adapters/file.ts";
import { compareBytes, findSortedLine, sortedLinesAfter } from "./sorted_lines.ts";
import type { Artifacts } from "./store.ts";

let folder: string;
let artifacts: Artifacts;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-lines-"));
  artifacts = fileStore(folder).forProject("default");
});
afterAll(() => rm(folder, { recursive: true }));

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function indexOf(ids: readonly string[], padding: number) {
  const lines = ids
    .toSorted((left, right) => compareBytes(encode(left), encode(right)))
    .map((id, place) => `${JSON.stringify({ id, place, padding: "x".repeat((place % 7) * padding) })}\n`);
  return artifacts.put(encode(lines.join("")), "application/jsonl");
}

test("findSortedLine() finds every id that is there and none that is not", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom(0, 10, 900),
      async (ids, other, padding) => {
        const ref = await indexOf(ids, padding);
        for (const id of ids) expect((await findSortedLine(artifacts, ref, id))?.["id"]).toBe(id);
        if (!ids.includes(other)) expect(await findSortedLine(artifacts, ref, other)).toBeUndefined();
      },
    ),
    { numRuns: 40 },
  );
});

test("findSortedLine() reads a line that is longer than its window", async () => {
  const ref = await indexOf(["a", "b", "c", "d"], 20_000);
  expect(await findSortedLine(artifacts, ref, "d")).toMatchObject({ id: "d", place: 3 });
});

test("sortedLinesAfter() gives what stands behind an id, whether or not it is there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { maxLength: 60 }),
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom(0, 10, 900, 20_000),
      async (ids, other, padding) => {
        const ref = await indexOf(ids, padding);
        const sorted = ids.toSorted((left, right) => compareBytes(encode(left), encode(right)));
        for (const after of [undefined, other, ...sorted.slice(0, 5), ...sorted.slice(-2)]) {
          const found = await Array.fromAsync(sortedLinesAfter(artifacts, ref, after), (line) => line["id"]);
          const wanted = sorted.filter((id) => after === undefined || compareBytes(encode(id), encode(after)) > 0);
          expect(found).toEqual(wanted);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("sortedLinesAfter() reads no further than it is asked to", async () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => String(at).padStart(8, "0"));
  const ref = await indexOf(ids, 10);
  let read = 0;
  const counting: Artifacts = {
    ...artifacts,
    range(sha256, from, to) {
      read += to - from;
      return artifacts.range(sha256, from, to);
    },
  };
  const lines: unknown[] = [];
  for await (const line of sortedLinesAfter(counting, ref, "00012345")) {
    lines.push(line["id"]);
    if (lines.length === 50) break;
  }
  expect(lines.at(0)).toBe("00012346");
  expect(read).toBeLessThan(ref.sizeBytes / 4);
});
