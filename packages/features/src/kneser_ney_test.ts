import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateDiscounts } from "./discounts.ts";
import { trainKneserNey } from "./kneser_ney.ts";

const VOCABULARY = 5;
const BOS = 0;
const ORDER = 4;

/** The slow obvious version: lists of n-grams, the formulas as they stand in the paper. */
function obviousModel(
  documents: readonly (readonly number[])[],
): (history: readonly number[], token: number) => number {
  const occurrences: string[][] = documents.flatMap((document) => {
    const padded = [...Array.from({ length: ORDER - 1 }, () => BOS), ...document].map(String);
    return document.map((_, i) => padded.slice(i, i + ORDER));
  });
  // Grams of each order with their counts: occurrences at the top, distinct predecessors below.
  const counts: Map<string, number>[] = [];
  let grams = occurrences.map((gram) => gram.join(" "));
  for (let k = ORDER; k >= 1; k--) {
    const count = new Map<string, number>();
    for (const gram of grams) count.set(gram, (count.get(gram) ?? 0) + 1);
    counts[k] = count;
    grams = [...count.keys()].map((gram) => gram.split(" ").slice(1).join(" "));
  }
  const discounts = counts.map((count) =>
    estimateDiscounts([1, 2, 3, 4].map((n) => [...count.values()].filter((value) => value === n).length) as never),
  );
  function probability(k: number, history: readonly number[], token: number): number {
    if (k === 0) return 1 / VOCABULARY;
    const shorter = probability(k - 1, history.slice(1), token);
    const discount = (value: number): number => discounts[k]?.[Math.min(value, 3) as 0] ?? 0;
    const followers = Array.from({ length: VOCABULARY }, (_, w) => counts[k]?.get([...history, w].join(" ")) ?? 0);
    const total = followers.reduce((sum, count) => sum + count, 0);
    if (total === 0) return shorter;
    const own = followers[token] ?? 0;
    const gamma = followers.reduce((sum, count) => sum + discount(count), 0) / total;
    return (own - discount(own)) / total + gamma * shorter;
  }
  return (history, token) => probability(ORDER, history, token);
}

const token = fc.integer({ min: 0, max: VOCABULARY - 1 });
const corpus = fc.array(fc.array(token, { maxLength: 40 }), { minLength: 1, maxLength: 6 });
const options = { vocabularySize: VOCABULARY, bos: BOS, order: ORDER };

test("natsOf() equals the formulas of the paper on any corpus and document", async () => {
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(token, { maxLength: 12 }), async (documents, document) => {
      const model = await trainKneserNey(documents, options);
      const obvious = obviousModel(documents);
      let nats = 0;
      const padded = [BOS, BOS, BOS, ...document];
      for (const [i, w] of document.entries()) nats -= Math.log(obvious(padded.slice(i, i + ORDER - 1), w));
      expect(model.natsOf(document)).toBeCloseTo(nats, 9);
    }),
  );
});

test("natsOf() gives probabilities that sum to 1 over the vocabulary after any history", async () => {
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(token, { maxLength: 6 }), async (documents, history) => {
      const model = await trainKneserNey(documents, options);
      const given = model.natsOf(history);
      const sum = [0, 1, 2, 3, 4].reduce((total, w) => total + Math.exp(given - model.natsOf([...history, w])), 0);
      expect(sum).toBeCloseTo(1, 9);
    }),
  );
});

test("probabilitiesAfter() gives each token what natsOf() gives it there, after a history of any length", async () => {
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(token, { maxLength: 9 }), async (documents, history) => {
      const model = await trainKneserNey(documents, options);
      const given = model.natsOf(history);
      const expected = [0, 1, 2, 3, 4].map((w) => Math.exp(given - model.natsOf([...history, w])));
      const found = model.probabilitiesAfter(history);
      expect(found).toHaveLength(VOCABULARY);
      for (const [w, probability] of expected.entries()) expect(found[w]).toBeCloseTo(probability, 9);
    }),
  );
});

test("sizeBytes counts what probabilitiesAfter() keeps: two numbers an n-gram", async () => {
  const model = await trainKneserNey([[1, 2, 3, 1, 2]], options);
  const before = model.sizeBytes;
  model.probabilitiesAfter([1]);
  expect(model.sizeBytes - before).toBe(4 * (2 * (model.ngrams + 1) + 1));
});

test("hitsOf() counts the tokens that no other token is likelier than", async () => {
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(token, { maxLength: 12 }), async (documents, document) => {
      const model = await trainKneserNey(documents, options);
      // Of tokens that are as likely as each other but for rounding, either may be the one that is foreseen.
      let [surely, possibly] = [0, 0];
      for (const [i, w] of document.entries()) {
        const nats = [0, 1, 2, 3, 4].map((each) => model.natsOf([...document.slice(0, i), each]));
        const others = Math.min(...nats.filter((_, each) => each !== w));
        if (nats[w]! < others - 1e-9) surely += 1;
        if (nats[w]! < others + 1e-9) possibly += 1;
      }
      const hits = model.hitsOf(document);
      expect(hits).toBeGreaterThanOrEqual(surely);
      expect(hits).toBeLessThanOrEqual(possibly);
    }),
  );
});

test("hitsOf() foresees what followed most often, and of tokens alike the least", async () => {
  const model = await trainKneserNey([[1, 2, 1, 2, 1, 3]], options);
  expect(model.hitsOf([1, 2, 1, 2])).toBe(4);
  const none = await trainKneserNey([], options);
  expect([none.hitsOf([0, 0]), none.hitsOf([1, 1])]).toEqual([2, 0]);
});

test("natsOf() is lower for what was seen than for what was not", async () => {
  const model = await trainKneserNey([[1, 2, 3, 4, 1, 2, 3, 4]], options);
  expect(model.natsOf([1, 2, 3, 4])).toBeLessThan(model.natsOf([4, 3, 2, 1]));
});

test("trainKneserNey() gives ln V a token when it has seen nothing", async () => {
  const model = await trainKneserNey([], options);
  expect(model.natsOf([1, 2])).toBeCloseTo(2 * Math.log(VOCABULARY), 12);
});

test("trainKneserNey() refuses tokens outside the vocabulary, in training and after", async () => {
  await expect(trainKneserNey([[5]], options)).rejects.toThrow("Cannot count token 5: expected an id from 0 to 4");
  const model = await trainKneserNey([[1]], options);
  expect(() => model.natsOf([-1])).toThrow(RangeError);
});

test("trainKneserNey() stops when its signal is aborted", async () => {
  const documents = [Array.from({ length: 100_000 }, (_, i) => i % VOCABULARY)];
  await expect(
    trainKneserNey(documents, { ...options, signal: AbortSignal.abort(new Error("enough")) }),
  ).rejects.toThrow("enough");
});

describe("estimateDiscounts()", () => {
  test("follows equation 26 of Chen and Goodman", () => {
    // Y = 100 / (100 + 80) = 5/9
    const [, one, two, three] = estimateDiscounts([100, 40, 20, 10]);
    expect(one).toBeCloseTo(1 - (2 * 5 * 40) / 9 / 100, 12);
    expect(two).toBeCloseTo(2 - (3 * 5 * 20) / 9 / 40, 12);
    expect(three).toBeCloseTo(3 - (4 * 5 * 10) / 9 / 20, 12);
  });

  test("falls to fixed discounts when a count of counts is missing or the estimate is out of range", () => {
    expect(estimateDiscounts([5, 2, 0, 0])).toEqual([0, 0.5, 0.75, 0.75]);
    expect(estimateDiscounts([1, 1, 100, 1])).toEqual([0, 0.5, 0.75, 0.75]);
  });
});
