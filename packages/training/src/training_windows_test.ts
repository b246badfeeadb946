import fc from "fast-check";
import { expect, test } from "vitest";
import { tokenBatch } from "./token_stream.ts";
import { fillTrainingBatch, windowStart } from "./training_windows.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });

test("windowStart() stays within the stream for any arguments", () => {
  fc.assert(
    fc.property(word, word, word, word, fc.integer({ min: 1, max: 2 ** 40 }), (seed, step, leaf, sequence, starts) => {
      const start = windowStart(seed, step, leaf, sequence, starts);
      expect(Number.isInteger(start) && start >= 0 && start < starts).toBe(true);
    }),
  );
});

test("windowStart() spreads the sequences of a run evenly over the stream", () => {
  const counts = Array.from({ length: 20 }, () => 0);
  for (let step = 0; step < 250; step++) {
    for (let leaf = 0; leaf < 8; leaf++) {
      for (let sequence = 0; sequence < 4; sequence++) {
        const bin = windowStart(1, step, leaf, sequence, 20);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
  }
  // Chi-square with 19 degrees of freedom exceeds 43.8 once in a thousand uniform samples; the sample here is fixed.
  const expected = 8000 / 20;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(43.8);
});

test("windowStart() keeps its published values, on which the bytes of every model depend", () => {
  expect([0, 1, 2].map((step) => windowStart(1, step, 0, 0, 1_000_000))).toMatchInlineSnapshot(`
    [
      23994,
      138290,
      432839,
    ]
  `);
});

test("fillTrainingBatch() gives each row a stretch of the stream and the same stretch one later", () => {
  const stream = Uint16Array.from({ length: 50 }, (_, i) => i * 3);
  const batch = tokenBatch(2, 8);
  fillTrainingBatch(batch, stream, 8, { seed: 5, step: 7, leaf: 3 });
  for (let i = 0; i < 16; i++) expect(batch.targets[i]).toBe((batch.tokens[i] ?? 0) + 3);
  expect(batch.tokens[0]).toBe(3 * windowStart(5, 7, 3, 0, 42));
  expect(batch.tokens[8]).toBe(3 * windowStart(5, 7, 3, 1, 42));
});
