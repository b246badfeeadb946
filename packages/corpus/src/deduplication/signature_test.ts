import { expect, test } from "vitest";
import { BUCKETS, HASHES_PER_BUCKET, minimaOf, signature, SIGNATURE_LENGTH, similarity } from "./signature.ts";
import { mix32 } from "./string_hash.ts";

const text = "The miller opens the gate at dawn, rings the bell and waits until the level has dropped by a hand.";

test("signature() is the same when only case, numbers, punctuation, spacing or accents differ", () => {
  const other = "the MILLER opens the gate, at dawn;\n\nrings the bèll and waits until the level has dropped by a hand";
  expect(signature(other)).toEqual(signature(text));
  expect(signature("Wheel 12 of 5.5 turns well")).toEqual(signature("wheel 7 of 3 turns well!"));
});

test("signature() pins its numbers, which are stored and compared across runs", () => {
  expect([...signature(text).subarray(0, 4)]).toMatchInlineSnapshot(`
    [
      75401924,
      359182098,
      1101445149,
      370696986,
    ]
  `);
});

test("signature() has 112 hashes and tells other texts apart", () => {
  expect(signature(text)).toHaveLength(SIGNATURE_LENGTH);
  expect(similarity(signature(text), signature("Nothing of this has anything to do with the other sentence."))).toBe(0);
});

test("signature() takes all words as one 5-gram when there are fewer than five", () => {
  expect(signature("Hello, world!")).toEqual(signature("hello world"));
  expect(similarity(signature("hello world"), signature("hello there"))).toBe(0);
  expect(signature("?!")).toEqual(signature(""));
});

test("signature() sees likeness inside texts without spaces", () => {
  const sentence = "水车磨坊主在黎明时打开闸门敲响钟声然后等待水位下降一掌之宽村里的孩子们在岸边数着轮子的转数直到天黑";
  expect(similarity(signature(sentence), signature(`${sentence}为止`))).toBeGreaterThan(0.8);
});

test("similarity() throws when a signature has another length", () => {
  expect(() => similarity(new Uint32Array(3), signature(text))).toThrow(/3 and 112 hashes/);
});

/** A pair of sets of `size` elements each whose Jaccard similarity is as near to `wanted` as whole numbers allow. */
function pairOf(seed: number, size: number, wanted: number): { a: number[]; b: number[]; jaccard: number } {
  const shared = Math.round((2 * size * wanted) / (1 + wanted));
  const element = (index: number): number => mix32(mix32(seed) + Math.imul(index, 0x9e3779b1));
  const common = Array.from({ length: shared }, (_, index) => element(index));
  const own = (from: number): number[] => Array.from({ length: size - shared }, (_, index) => element(from + index));
  return { a: [...common, ...own(size)], b: [...common, ...own(2 * size)], jaccard: shared / (2 * size - shared) };
}

function sharesBucket(a: Uint32Array, b: Uint32Array): boolean {
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket * HASHES_PER_BUCKET).some((start) =>
    a.subarray(start, start + HASHES_PER_BUCKET).every((hash, index) => hash === b[start + index]),
  );
}

test.each([0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9])(
  "minimaOf() shares buckets as 1 - (1 - s^8)^14 says, and similarity() has no bias, at s = %f",
  (wanted) => {
    const pairs = 400;
    let hits = 0;
    let sum = 0;
    let jaccard = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const sets = pairOf(pair + 1, 150, wanted);
      const [a, b] = [minimaOf(sets.a), minimaOf(sets.b)];
      jaccard = sets.jaccard;
      sum += similarity(a, b);
      if (sharesBucket(a, b)) hits++;
    }
    const expected = 1 - (1 - jaccard ** HASHES_PER_BUCKET) ** BUCKETS;
    // Four standard errors of a share of 400 pairs, and of a mean of 400 estimates; the pairs are the same in each run.
    expect(Math.abs(hits / pairs - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / pairs) + 0.005);
    const error = Math.sqrt((jaccard * (1 - jaccard)) / SIGNATURE_LENGTH / pairs);
    expect(Math.abs(sum / pairs - jaccard)).toBeLessThan(4 * error);
  },
);
