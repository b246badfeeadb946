import fc from "fast-check";
import { expect, test } from "vitest";
import { IGNORED_TARGET, tokenBatch } from "./token_stream.ts";
import { fillWindows, shuffledValidationWindows, validationWindows } from "./validation_windows.ts";

const END = 9;
const documents = fc.array(fc.array(fc.nat({ max: 8 }), { maxLength: 12 }), { minLength: 1, maxLength: 6 });

test("validationWindows() has every token of every document predicted once, from tokens of its own document", () => {
  fc.assert(
    fc.property(documents, fc.integer({ min: 1, max: 5 }), (texts, contextLength) => {
      const stream = Uint16Array.from(texts.flatMap((text) => [END, ...text]));
      const windows = validationWindows(stream, END, contextLength);
      const predicted = windows.flatMap(({ start, length }) => [...stream.subarray(start + 1, start + 1 + length)]);
      expect(predicted).toEqual(texts.flat());
      expect(windows.every(({ length }) => length >= 1 && length <= contextLength)).toBe(true);
    }),
  );
});

test("validationWindows() refuses a stream that does not begin with a document", () => {
  expect(() => validationWindows(Uint16Array.of(1, 2), END, 4)).toThrow("begin with 1, wanted the end-of-text token 9");
});

test("fillWindows() counts nothing where a window or the list of windows ends early", () => {
  const stream = Uint16Array.of(END, 1, 2, 3, 4, END, 5);
  const batch = tokenBatch(3, 3);
  fillWindows(batch, stream, 3, validationWindows(stream, END, 3).slice(1));
  const no = IGNORED_TARGET;
  expect([...batch.tokens]).toEqual([3, 0, 0, END, 0, 0, 0, 0, 0]);
  expect([...batch.targets]).toEqual([4, no, no, 5, no, no, no, no, no]);
});

test("shuffledValidationWindows() holds the same windows in another order, the same every time", () => {
  const stream = Uint16Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? END : 1));
  const shuffled = shuffledValidationWindows(stream, END, 4);
  expect(shuffled.toSorted((a, b) => a.start - b.start)).toEqual(validationWindows(stream, END, 4));
  expect(shuffled).not.toEqual(validationWindows(stream, END, 4));
  expect(shuffled).toEqual(shuffledValidationWindows(stream, END, 4));
});
