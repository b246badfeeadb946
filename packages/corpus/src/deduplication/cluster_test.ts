import fc from "fast-check";
import { expect, test } from "vitest";
import { cluster, type DedupRecord } from "./cluster.ts";
import { exactKey } from "./exact_key.ts";
import { signature } from "./signature.ts";

async function recordOf(id: string, text: string, admitted = 0): Promise<DedupRecord> {
  return { id, admitted, exact: await exactKey(text), signature: signature(text) };
}

const WORDS = "wheel race stone grain flour dam gate bell pond miller winter water turns slowly under heavy rain".split(
  " ",
);

/** A text of `length` words, the same for the same seed. */
function textOf(seed: number, length: number): string[] {
  let state = seed * 7919 + 17;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return `${WORDS[state % WORDS.length]}${state % 9 === 0 ? state % 50 : ""}`;
  });
}

/** Families of texts: copies, copies with a few words changed, and strangers. */
const families = await Promise.all(
  Array.from({ length: 40 }, async (_, index) => {
    const words = textOf(index % 12, 120);
    if (index % 3 === 1) words[(index * 7) % words.length] = "changed";
    if (index % 5 === 2) words.splice(0, 10);
    return recordOf(`doc-${String((index * 17) % 40).padStart(2, "0")}`, words.join(" "), index % 2);
  }),
);

function bySortedId(records: readonly DedupRecord[]): unknown {
  return cluster(records).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

test("cluster() gives the same clusters and representatives for any order of the records", () => {
  const expected = bySortedId(families);
  fc.assert(
    fc.property(fc.shuffledSubarray(families, { minLength: families.length }), (shuffled) => {
      expect(bySortedId(shuffled)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test("cluster() names as representative the least of its members by admission, then id, and only there null", () => {
  const clustered = cluster(families);
  const byId = new Map(families.map((record) => [record.id, record]));
  const members = Map.groupBy(clustered, (entry) => entry.cluster);
  expect(members.size).toBeGreaterThan(1);
  expect(members.size).toBeLessThan(families.length);
  for (const [name, entries] of members) {
    const order = entries
      .map(({ id }) => byId.get(id) as DedupRecord)
      .toSorted((a, b) => a.admitted - b.admitted || (a.id < b.id ? -1 : 1));
    expect(order[0]?.id).toBe(name);
    for (const { id, duplicateOf } of entries) expect(duplicateOf).toBe(id === name ? null : name);
  }
});

test("cluster() joins near copies and leaves strangers, and a later record does not flip the representative", async () => {
  const words = textOf(99, 200);
  const near = words.with(100, "other");
  const records = [
    await recordOf("b", words.join(" ")),
    await recordOf("c", near.join(" ")),
    await recordOf("z", textOf(5, 200).join(" ")),
  ];
  const first = cluster(records);
  expect(first.map(({ duplicateOf }) => duplicateOf)).toEqual([null, "b", null]);
  const second = cluster([await recordOf("a", words.join("  "), 1), ...records]);
  expect(second.map(({ duplicateOf }) => duplicateOf)).toEqual(["b", null, "b", null]);
});

test("cluster() keeps candidates apart when their estimated similarity is below the threshold", async () => {
  const words = textOf(3, 400);
  const records = [await recordOf("a", words.join(" ")), await recordOf("b", words.with(9, "other").join(" "))];
  expect(cluster(records, 1).map(({ duplicateOf }) => duplicateOf)).toEqual([null, null]);
  expect(cluster(records).map(({ duplicateOf }) => duplicateOf)).toEqual([null, "a"]);
});

test("cluster() joins texts without words only when they are equal", async () => {
  const records = [await recordOf("a", "!!"), await recordOf("b", "??"), await recordOf("c", " !! ")];
  expect(cluster(records).map(({ duplicateOf }) => duplicateOf)).toEqual([null, null, "a"]);
});

test("cluster() throws when two records have one id, and gives nothing for nothing", async () => {
  expect(() => cluster([families[0] as DedupRecord, families[0] as DedupRecord])).toThrow(
    /found the id "doc-00" twice/,
  );
  expect(cluster([])).toEqual([]);
});
