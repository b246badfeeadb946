import fc from "fast-check";
import { expect, test } from "vitest";
import { verbatimPieces } from "./verbatim_pieces.ts";

test("verbatimPieces() marks spans, and gives what two cover to the longer", () => {
  const spans = [
    { start: 2, end: 6, tokens: 6 },
    { start: 4, end: 9, tokens: 9 },
  ];
  expect(verbatimPieces("abcdefghijk", spans)).toEqual([
    { text: "ab", span: undefined },
    { text: "cd", span: 0 },
    { text: "efghi", span: 1 },
    { text: "jk", span: undefined },
  ]);
});

test("verbatimPieces() put together are the text, whatever the spans are", () => {
  const span = fc.record({ start: fc.nat(30), size: fc.nat(10), tokens: fc.integer({ min: 6, max: 20 }) });
  fc.assert(
    fc.property(fc.string({ minLength: 40, maxLength: 40 }), fc.array(span), (text, made) => {
      const spans = made.map(({ start, size, tokens }) => ({ start, end: start + size, tokens }));
      const pieces = verbatimPieces(text, spans);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      let at = 0;
      for (const piece of pieces) {
        const over = spans.filter(({ start, end }) => start <= at && at < end && start < end);
        expect(piece.span === undefined).toBe(over.length === 0);
        at += piece.text.length;
      }
    }),
  );
});
