import fc from "fast-check";
import { expect, test } from "vitest";
import { createStopFilter } from "./stop_filter.ts";

function filter(stops: readonly string[], pieces: readonly string[]): { text: string; stopped: boolean } {
  const filter = createStopFilter(stops);
  let text = "";
  for (const piece of pieces) {
    const result = filter.push(piece);
    text += result.text;
    if (result.stopped) return { text, stopped: true };
  }
  return { text: text + filter.flush(), stopped: false };
}

test("createStopFilter() finds a stop sequence that spans pieces and passes on nothing of it", () => {
  expect(filter(["\n\nUser:"], ["Yes.\n", "\nUs", "er: no"])).toEqual({ text: "Yes.", stopped: true });
});

test("createStopFilter() passes on what only began like a stop sequence", () => {
  expect(filter(["END"], ["an E", "N", "oD"])).toEqual({ text: "an ENoD", stopped: false });
  expect(filter(["END"], ["the EN"])).toEqual({ text: "the EN", stopped: false });
});

test("createStopFilter() passes text on at once when it cannot be part of a stop sequence", () => {
  expect(createStopFilter(["END"]).push("mill E")).toEqual({ text: "mill ", stopped: false });
  expect(createStopFilter([]).push("mill")).toEqual({ text: "mill", stopped: false });
});

test("createStopFilter() gives the same text however it is cut into pieces", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
  const stop = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(letters, fc.array(stop, { maxLength: 3 }), fc.array(fc.nat(30)), (text, stops, cuts) => {
      const edges = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
      const pieces = edges.slice(1).map((edge, i) => text.slice(edges[i], edge));
      const got = filter(stops, pieces);
      const found = stops.map((one) => text.indexOf(one)).filter((place) => place >= 0);
      expect(got.stopped).toBe(found.length > 0);
      // A stop that completes earlier wins over one that begins earlier but completes later.
      if (!got.stopped) expect(got.text).toBe(text);
      else expect(text.startsWith(got.text) && stops.some((one) => text.startsWith(one, got.text.length))).toBe(true);
    }),
  );
});
