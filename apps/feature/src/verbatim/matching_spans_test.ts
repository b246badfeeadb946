import fc from "fast-check";
import { expect, test } from "vitest";
import { gramFilter, LEAST_TOKENS } from "./gram_filter.ts";
import { matchingSpans, type MatchingSpan } from "./matching_spans.ts";

/** Few letters, so that much repeats. */
const few = (maxLength: number) => fc.array(fc.integer({ min: 0, max: 2 }), { maxLength });

/** Every stretch against every place, one by one. */
function slowly(answer: readonly number[], texts: readonly (readonly number[])[]): Omit<MatchingSpan, "places">[] {
  const placesOf = (start: number, end: number): number =>
    texts.reduce((sum, text) => {
      let count = 0;
      for (let at = 0; at + end - start <= text.length; at += 1) {
        if (answer.slice(start, end).every((token, index) => token === text[at + index])) count += 1;
      }
      return sum + count;
    }, 0);
  const spans: Omit<MatchingSpan, "places">[] = [];
  for (let start = 0; start < answer.length; start += 1) {
    for (let end = answer.length; end - start >= LEAST_TOKENS; end -= 1) {
      const occurrences = placesOf(start, end);
      if (occurrences === 0) continue;
      if (!spans.some((span) => span.start <= start && end <= span.end)) spans.push({ start, end, occurrences });
      break;
    }
  }
  return spans;
}

/** Regions that the filter lets pass, as the search over a corpus cuts them out. */
function regionsOf(answer: readonly number[], texts: readonly (readonly number[])[]): number[][] {
  const filter = gramFilter(answer);
  return texts.flatMap((text) => filter(text).map(({ from, to }) => text.slice(from, to)));
}

test("matchingSpans() finds what comparing every stretch with every place finds", () => {
  fc.assert(
    fc.property(few(24), fc.array(few(40), { maxLength: 4 }), (answer, texts) => {
      const found = matchingSpans(answer, texts).map(({ start, end, occurrences }) => ({ start, end, occurrences }));
      expect(found).toEqual(slowly(answer, texts));
    }),
    { numRuns: 400 },
  );
});

test("matchingSpans() finds the same in the regions that the filter lets pass", () => {
  fc.assert(
    fc.property(few(24), fc.array(few(40), { maxLength: 4 }), (answer, texts) => {
      const found = matchingSpans(answer, regionsOf(answer, texts)).map(({ start, end, occurrences }) => ({
        start,
        end,
        occurrences,
      }));
      expect(found).toEqual(slowly(answer, texts));
    }),
    { numRuns: 400 },
  );
});

test("matchingSpans() tells where a stretch stands, up to a hundred places", () => {
  const stretch = [1, 2, 3, 4, 5, 6];
  const [span] = matchingSpans(
    [9, ...stretch, 9],
    [
      [0, ...stretch],
      [7, 7, ...stretch, 7],
    ],
  );
  expect(span).toEqual({
    start: 1,
    end: 7,
    occurrences: 2,
    places: [
      { text: 0, at: 1 },
      { text: 1, at: 2 },
    ],
  });
  const many = matchingSpans(stretch, [Array.from({ length: 900 }, (_, at) => stretch[at % 6] as number)]);
  expect([many[0]?.occurrences, many[0]?.places.length]).toEqual([150, 100]);
});

test("gramFilter() leaves out what holds a token that stands nowhere", () => {
  expect(gramFilter([1, 2, -1, 3, 4, 5])([1, 2, -1, 3, 4, 5])).toEqual([]);
});

test("gramFilter() lets hardly anything pass that is not the same", () => {
  const texts = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 3000, maxLength: 3000 });
  fc.assert(
    fc.property(texts, texts, (answer, other) => {
      expect(gramFilter(answer.slice(0, 500))(other).length).toBeLessThan(2);
    }),
    { numRuns: 5 },
  );
});
