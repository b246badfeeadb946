import fc from "fast-check";
import { expect, test } from "vitest";
import { ARITHMETIC_REVISION } from "./arithmetic.ts";
import { hashedPlace } from "./hashed_place.ts";
import { tokenBatch } from "./token_stream.ts";
import { trainingRows, windowStarts } from "./training_windows.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });

test("hashedPlace() stays within the places for any arguments", () => {
  fc.assert(
    fc.property(word, word, word, word, fc.integer({ min: 1, max: 2 ** 40 }), (seed, a, b, c, places) => {
      const place = hashedPlace(seed, a, b, c, places);
      expect(Number.isInteger(place) && place >= 0 && place < places).toBe(true);
    }),
  );
});

test("hashedPlace() draws all places alike", () => {
  const counts = Array.from({ length: 20 }, () => 0);
  for (let step = 0; step < 250; step++) {
    for (let leaf = 0; leaf < 8; leaf++) {
      for (let sequence = 0; sequence < 4; sequence++) {
        const bin = hashedPlace(1, step, leaf, sequence, 20);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
  }
  // Chi-square with 19 degrees of freedom exceeds 43.8 once in a thousand uniform samples; the sample here is fixed.
  const expected = 8000 / 20;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(43.8);
});

test("windowStarts() comes to every stretch of the stream once a pass, but for less than two windows at its ends", () => {
  fc.assert(
    fc.property(word, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 }), (seed, context, more) => {
      const tokens = context + more;
      const startOf = windowStarts(seed, tokens, context);
      const windows = Math.max(1, Math.floor((tokens - 1) / context) - 1);
      for (const pass of [3, 0, 1]) {
        const starts = Array.from({ length: windows }, (_, at) => startOf(pass * windows + at)).toSorted(
          (a, b) => a - b,
        );
        expect(starts).toEqual(starts.map((_, at) => starts[0]! + at * context));
        expect(starts[0]).toBeGreaterThanOrEqual(0);
        expect(starts.at(-1)! + context).toBeLessThan(tokens);
      }
    }),
  );
});

test("windowStarts() keeps its published values, on which the bytes of every model depend, and cuts each pass elsewhere", () => {
  const startOf = windowStarts(1, 1001, 100);
  expect([0, 1, 9, 18].map(startOf)).toMatchInlineSnapshot(`
    [
      832,
      432,
      653,
      767,
    ]
  `);
  // With other values it is another arithmetic.
  expect(ARITHMETIC_REVISION).toBe(3);
});

test("trainingRows() gives each row a stretch of the stream and the same stretch one later, by the row's number in the run", () => {
  const stream = Uint16Array.from({ length: 50 }, (_, i) => i * 3);
  const batch = tokenBatch(2, 8);
  trainingRows(stream, 8, { seed: 5, leaves: 4, leafBatch: 2 })(batch, { step: 7, leaf: 3 });
  for (let i = 0; i < 16; i++) expect(batch.targets[i]).toBe((batch.tokens[i] ?? 0) + 3);
  const startOf = windowStarts(5, 50, 8);
  expect([batch.tokens[0], batch.tokens[8]]).toEqual([62, 63].map((number) => 3 * startOf(number)));
});
