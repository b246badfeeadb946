import fc from "fast-check";
import { expect, test } from "vitest";
import { createPairTable } from "./pair_table.ts";

test("createPairTable() behaves as a Map when it grows and when values are replaced", () => {
  const id = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id, fc.nat()), { maxLength: 400 }), (entries) => {
      const table = createPairTable(1);
      const model = new Map<string, number>();
      for (const [left, right, value] of entries) {
        table.set(left, right, value);
        model.set(`${left} ${right}`, value);
      }
      for (let left = 0; left <= 40; left++) {
        for (let right = 0; right <= 40; right++) {
          expect(table.get(left, right)).toBe(model.get(`${left} ${right}`) ?? -1);
        }
      }
    }),
    { numRuns: 20 },
  );
});
