import { scrub } from "@millrace/corpus";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitByPosition } from "./split_by_position.ts";

test("splitByPosition() holds out the end, and the parts of any text joined are the text", () => {
  expect(splitByPosition("0123456789", 0.1)).toEqual([
    { text: "012345678", split: "train" },
    { text: "9", split: "validation" },
  ]);
  const text = fc.string({ unit: "binary", minLength: 1 }).map((inner) => `a${inner}b`);
  fc.assert(
    fc.property(text, fc.double({ min: 0.01, max: 0.49, noNaN: true }), (whole, fraction) => {
      const parts = splitByPosition(whole, fraction);
      if (parts.length === 2) expect(parts.map((part) => part.text).join("")).toBe(whole);
      for (const part of parts) expect(part.text.isWellFormed()).toBe(true);
    }),
  );
});

test("splitByPosition() leaves out a side that is blank", () => {
  expect(splitByPosition("read me   \n\n\n", 0.3)).toEqual([{ text: "read me  ", split: "train" }]);
  expect(splitByPosition("a", 0.1)).toEqual([{ text: "a", split: "validation" }]);
});

test("splitByPosition() cuts through no address and no key, which neither side would find", () => {
  const key = ["-----BEGIN PRIVATE KEY-----", "Ab3+".repeat(16), "-----END PRIVATE KEY-----"].join("\n");
  for (const secret of ["jo@example.org", key]) {
    const text = `The miller sleeps.\n${secret}\nThe wheel turns.\n`;
    for (let fraction = 0.02; fraction < 1; fraction += 0.02) {
      const sides = splitByPosition(text, fraction).map((side) => scrub(side.text).text);
      expect(sides.join("|")).not.toMatch(/jo|example|Ab3|PRIVATE/);
    }
  }
});
