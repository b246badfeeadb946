import { expect, test } from "vitest";
import { toTextRecord } from "./records.ts";

test("toTextRecord() works out the hint about a mistake only where there is one", () => {
  let reads = 0;
  const record = (text: unknown) => ({
    id: 1,
    get text() {
      reads++;
      return text;
    },
  });
  expect(toTextRecord(record("The mill race."))).toEqual({ id: 1, text: "The mill race." });
  expect(reads).toBe(1);
  expect(() => toTextRecord(record(undefined))).toThrow(/^found \{"id":1\}, wanted .*; .* with --documents$/);
  expect(() => toTextRecord(record(7))).toThrow(/, wanted \{"id": string or number, "text": string\}$/);
});
