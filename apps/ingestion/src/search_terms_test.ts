import { expect, test } from "vitest";
import { searchTerms, withHitsOf } from "./search_terms.ts";

test.each([
  ["mill -wheel", { words: "mill -wheel", wanted: [], unwanted: [] }],
  ["水車", { words: " ", wanted: ["水車"], unwanted: [] }],
  ['"水車" -コーヒー mill', { words: '" "   mill', wanted: ["水車"], unwanted: ["コーヒー"] }],
  ["กังหัน น้ำ", { words: "   ", wanted: ["กังหัน", "น้ำ"], unwanted: [] }],
])("searchTerms(%j) leaves the words between spaces to the index", (query, terms) => {
  expect(searchTerms(query)).toEqual(terms);
});

test("withHitsOf() adds the places of pieces, and none inside another", () => {
  expect(withHitsOf("水車 mill 水車の水", ["水", "水車"], [{ start: 3, end: 7 }])).toEqual([
    { start: 0, end: 2 },
    { start: 3, end: 7 },
    { start: 8, end: 10 },
    { start: 11, end: 12 },
  ]);
});
