import { TOKEN_MARKS } from "@millrace/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { markedWindows } from "./marked_windows.ts";
import { passOrder } from "./pass_order.ts";
import { tokenBatch } from "./token_stream.ts";
import { fillWindows } from "./validation_windows.ts";

const { read, predicted, document, conversation, between } = TOKEN_MARKS;
/** A conversation of 6 tokens that answers twice, a document of 5, one whose answer lies beyond a short context. */
const MARKS = Uint8Array.from(
  [
    [between, conversation, read, predicted, read, predicted, predicted],
    [document, predicted, predicted, predicted, predicted],
    [between, conversation, read, read, read, predicted],
  ].flat(),
);
const STREAM = Uint16Array.from(MARKS, (_, place) => 100 + place);

test("markedWindows() gives a conversation one row from its beginning, and cuts documents into rows", () => {
  expect(markedWindows(MARKS, 8, "cut off")).toEqual([
    { start: 1, length: 5 },
    { start: 7, length: 4 },
    { start: 13, length: 4 },
  ]);
  expect(markedWindows(MARKS, 3, "cut off")).toEqual([
    { start: 1, length: 3 },
    { start: 7, length: 3 },
    { start: 10, length: 1 },
  ]);
});

test("markedWindows() predicts each answer once where long conversations go on", () => {
  const contexts = [1, 2, 3, 8];
  for (const contextLength of contexts) {
    const places = markedWindows(MARKS, contextLength, "go on").flatMap(({ start, length }) =>
      Array.from({ length }, (_, at) => start + at + 1).filter((place) => MARKS[place] === predicted),
    );
    const all = [...MARKS.keys()].filter((place) => MARKS[place] === predicted);
    expect(places).toEqual(all);
  }
});

test("fillWindows() counts of marked tokens what is predicted alone, and pads rows with what is not", () => {
  const batch = tokenBatch(2, 6);
  batch.tokens.fill(7);
  fillWindows(batch, STREAM, 6, [{ start: 1, length: 5 }], MARKS);
  expect([...batch.tokens]).toEqual([101, 102, 103, 104, 105, 0, 0, 0, 0, 0, 0, 0]);
  expect([...batch.targets]).toEqual([-1, 103, -1, 105, 106, -1, -1, -1, -1, -1, -1, -1]);
});

test("passOrder() comes to every row once a pass, in another order each time, whatever is asked first", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (rows, seed) => {
      const order = passOrder(seed, rows);
      const passes = [2, 0, 1].map((pass) => Array.from({ length: rows }, (_, at) => order(pass * rows + at)));
      for (const pass of passes) expect(pass.toSorted((a, b) => a - b)).toEqual([...Array(rows).keys()]);
      const again = passOrder(seed, rows);
      expect(Array.from({ length: 3 * rows }, (_, at) => again(at))).toEqual([passes[1], passes[2], passes[0]].flat());
    }),
  );
  const order = passOrder(1, 50);
  const [first, second] = [0, 50].map((from) => Array.from({ length: 50 }, (_, at) => order(from + at)));
  expect(first).not.toEqual(second);
});
