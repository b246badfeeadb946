import fc from "fast-check";
import { expect, test } from "vitest";
import { splitOf } from "./split_of.ts";

test("splitOf() puts about the fraction of clusters into validation", () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `document-${index}`);
  const share = ids.filter((id) => splitOf(id, 0.05) === "validation").length / ids.length;
  // Four standard errors of a share of .05 in 20,000.
  expect(Math.abs(share - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / ids.length));
});

test("splitOf() moves documents only from training to validation when the fraction grows", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (id, a, b) => {
        if (splitOf(id, Math.min(a, b)) === "validation") expect(splitOf(id, Math.max(a, b))).toBe("validation");
      },
    ),
  );
});

test("splitOf() pins the side of known ids, which may not change between versions", () => {
  expect(["a", "b", "c", "d", "e", "f"].map((id) => splitOf(id, 0.5))).toMatchInlineSnapshot(`
    [
      "validation",
      "train",
      "validation",
      "train",
      "validation",
      "train",
    ]
  `);
});

test.each([-0.1, 1.1, Number.NaN])("splitOf() throws when the fraction is %d", (fraction) => {
  expect(() => splitOf("a", fraction)).toThrow(/in \[0, 1\]/);
});
